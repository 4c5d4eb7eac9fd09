"""Names of fields as public data dictionaries and the environments of known services have them, by where they are from.

Each source has names that hold personal data or a secret, and names beside them that tell only a fact about it.
"""

from __future__ import annotations

from typing import Final

SENSITIVE: Final = {
    "schema.org": """
        additionalName birthDate birthPlace deathDate deathPlace email familyName faxNumber gender givenName
        homeLocation nationality netWorth taxID telephone vatID postOfficeBoxNumber postalCode streetAddress
        addressLocality
    """,
    "SCIM": """
        name.formatted name.familyName name.givenName name.middleName password phoneNumbers emails
        addresses.streetAddress addresses.postalCode
    """,
    "OpenID Connect and SAML": """
        given_name family_name middle_name birthdate phone_number id_token_hint client_assertion code_verifier
        device_code user_code pkce_verifier pkceCodeVerifier saml_assertion SAMLResponse mailNickname_email
        security_stamp logout_token auth_ticket sso_ticket service_ticket request_object_jwt initial_access_token
        registration_access_token backchannel_token
    """,
    "vCard and LDAP": """
        vcard.bday vcard.adr vcard.email vcard.tel homePhone homePostalAddress telephoneNumber mobileTelephoneNumber
        facsimileTelephoneNumber userPassword unicodePwd mail impp postOfficeBox registeredAddress sambaNTPassword
        sambaLMPassword homeTelephoneNumber pagerTelephoneNumber ms-Mcs-AdmPwd
    """,
    "FHIR": """
        patient.birthDate patient.telecom patient.maritalStatus patient.deceasedDateTime us-core-race
        us-core-ethnicity us-core-birthsex coverage.subscriberId coverage.policyHolder coverage.beneficiary
        relatedPerson.name patient.contact.name patient.photo genderIdentity gender_identity birthSex
        sex_assigned_at_birth
    """,
    "HL7 v2": """
        PID.PatientName PID.MothersMaidenName PID.DateTimeOfBirth PID.AdministrativeSex PID.PatientAlias
        PID.PatientAddress PID.PhoneNumberHome PID.PhoneNumberBusiness PID.MaritalStatus PID.Religion
        PID.PatientAccountNumber PID.SSNNumberPatient PID.DriversLicenseNumberPatient PID.EthnicGroup PID.Citizenship
        PID.VeteransMilitaryStatus PID.PatientDeathDateAndTime patient_identifier_list NK1.NextOfKin
        IN1.InsuredsIDNumber IN1.PolicyNumber IN1.InsuredsDateOfBirth mothers_maiden mother_maiden_nm
    """,
    "health": """
        mrn medicalRecordNo health_plan_id health_plan_beneficiary_number medicare_beneficiary_identifier mbi_number
        dea_number medical_license_number nhs_number chi_number health_insurance_claim_number patient_notes
        clinical_notes doctor_notes diagnosis_text lab_results immunization_history insurance_subscriber_id
        insurance_member_id insurance_policy_no family_history pregnancy mental_health_status substance_abuse
        dna_profile dna_sequence chronic_conditions health_conditions surgical_history vaccination_status
        hospital_number emergency_contact organ_donor_status cause_of_death
    """,
    "passenger data": """
        pnr PNR pnr_code pnrLocator record_locator recordLocator passenger_pnr ktn KTN known_traveler_number
        knownTravellerNumber redress_number redressNo redress_control_number loyalty_number loyaltyNumber
        loyalty_card_number frequentFlyerNumber frequent_flyer_id frequent_flyer loyalty_account_number loyalty_id
        membership_number membershipNo member_number visaDocumentNumber visa_number travelDocumentNumber
        travel_document_no passport_mrz mrz mrz_line_1 document_mrz apis_passport_number passengerDocumentNumber
        identityDocumentNumber idDocumentNumber eticket_number global_entry_number traveler_number tsa_precheck_number
        crew_passport_no frequentTravellerNumber green_card_number alien_registration_number uscis_number sevis_id
    """,
    "payroll": """
        salary base_salary gross_salary net_salary salaryAmount annual_salary baseSalary gross_pay net_pay
        take_home_pay base_pay hourly_wage wages total_compensation base_compensation annual_compensation
        employee_compensation compensation compensation_amount annual_bonus signing_bonus severance_pay pension_number
        payroll_number payrollId pay_rate hourly_pay_rate salary_history severance employee_bonus remuneration
        salary_expectation expected_salary current_ctc union_membership work_permit_number garnishment_amount
        disciplinary_record background_check_report
    """,
    "know your customer": """
        net_worth annual_income source_of_wealth source_of_funds selfie selfie_image id_front_image id_back_image
        id_document_front passport_image passport_photo license_photo beneficial_owner_name beneficialOwner
        proof_of_address criminal_record criminal_history arrest_record credit_report tax_return date_of_death id_scan
        document_front_image face_image face_photo user_photo_id_document
    """,
    "cards": """
        user_pan customerPan funding_pan encrypted_pan dpan fpan pan_no primaryAccountNumber card_pan cardPan
        clear_pan track1_data track2Data track2_data track_2_equivalent track2_equivalent_data emv_data icc_data
        pin_block encrypted_pin_block pinBlock pinblock pvv card_service_code cardCode cvv2 cvc2 cav2 cvnNumber
        card_verification_value card_verification_code cardVerificationNumber cvv2_value cardName cardholder_name
        nameOnCard cavv card_expiration_date cardExpirationDate cc_cvv ccCvc ccv cvd cardSecurityCode card_csc
        magstripe_data cardNum card_nbr cardno ccNumber cc_no card_number_encrypted
    """,
    "bank transfers": """
        DbtrAcct CdtrAcct debtor_name creditorName debtorAccount creditor_account debtor_iban creditorIban
        dfi_account_number routing_transit_number aba_routing_number routing_no routingNo routing_num rtn aba_number
        aba acct_no acct_num acctNumber acct_nbr account_nbr accountNr accountNum sort_code sortcode SortCode bsb
        bsbNumber ifsc ifsc_code ifscCode clabe clabe_number cbu nuban upi_id upiId pix_key chave_pix bank_acct_no
        bankAcctNum checking_account savings_account checking_account_number beneficiary_account
        beneficiaryAccountNumber payee_account payeeAccountNumber transit_number micr micr_line bankgiro plusgiro
        kontonummer kontonr rekeningnummer numero_compte numero_cuenta cuenta_bancaria numeroDeCuenta blz bankleitzahl
        iban_code direct_debit_account ach_account_number ach_routing wire_account_number wire_routing bank_routing_no
        check_account_number cheque_number venmo_handle
    """,
    "national ids": """
        nin nin_number ninNumber nino utr_number ppsn pps_number ird_number nhi_number tfn tfn_number cnic cnicNumber
        nid_number nidNumber national_id_no shenfenzheng id_card_no resident_identity_card hkid_number kojin_bango
        individual_number my_number jumin resident_registration_number nric_fin fin_number mykad_no ic_number thai_id
        philsys philsys_number sss_number umid_number nik nik_number ktp ktp_number npwp cccd cmnd tckn tc_kimlik
        tc_kimlik_no kimlik_no kimlikNo teudat_zehut iqama iqama_number emirates_id emiratesId bvn bvn_number kra_pin
        ghana_card snils inn inn_number rnokpp pesel nip dowod_osobisty rodne_cislo szemelyi_szam adoazonosito
        taj_szam cnp egn amka afm oib emso jmbg embg isikukood personas_kods asmens_kodas hetu samordningsnummer
        fodselsnummer dnummer cpr_number cprNummer kennitala bsn rijksregisternummer niss insz matricule nir_number
        numero_securite_sociale dni nie nif cartao_cidadao codice_fiscale ahv_nummer svnr steuer_id
        steuerliche_identifikationsnummer ausweisnummer cpf rg_numero cnh pis_pasep titulo_eleitor curp rut cedula
        cuil ruc melli_code citizen_id citizenId citizenship_number social_security_no socialSecNo ssn_no ssnLast4
        itin_number ein_number sin_number socialInsuranceNumber medicareNo voterIdNumber ration_card_number
        national_registration_number civil_id civil_registration_number identification_number identificationNo natl_id
        personal_code person_number
    """,
    "education": """
        student_id studentId student_number student_no studentIdNumber matriculation_number matrikelnummer
        enrollment_number admission_number ucas_number unique_learner_number student_name parent_email guardian_phone
        student_gpa disciplinary_history
    """,
    "vehicles and homes": """
        license_plate licence_plate_number plate_no plateNumber registration_plate vehicle_registration_number
        vehicle_identification_number vehicleIdentificationNumber vehicle_vin vin_number vinNumber chassis_number
        numberplate license_plate_no driver_license_number driversLicenceNo dl_no
    """,
    "telecom": """
        imsi iccid msisdn supi suci gpsi sim_imsi subscriber_imsi iccid_number sim_number simNumber sim_serial_number
        calling_number called_number callingPartyNumber calledPartyNumber caller_number subscriber_msisdn idfa gaid
        advertising_id advertisingId voicemail_pin puk1 pin1
    """,
    "biometrics": """
        fingerprint_template face_vector face_descriptor facial_embedding facial_template facial_landmarks
        iris_template iris_code retina_template voice_print voiceprint voice_template voice_biometric palm_vein
        finger_vein minutiae keystroke_dynamics gait_signature faceEmbedding biometric_hash biometricId
    """,
    "second factors and links": """
        authenticator_code authenticatorCode authenticator_secret authenticator_app_code totp_seed otp_seed
        otpauth_url otpauth_uri totp_uri totp_secret_key provisioning_uri backup_codes recovery_codes scratch_codes
        emergency_codes mfa_code mfaRecoveryCodes two_factor_secret twoFactorRecoveryCodes two_factor_recovery_codes
        magic_link magicLinkToken login_link sign_in_link signinLink reset_link password_reset_link
        reset_password_link password_reset_url resetUrl verification_link email_verification_link activation_link
        confirmation_link invite_link invitation_link device_code user_code sms_otp smsOtp otp_value otpValue
        otp_input emailOtp email_otp one_time_token oneTimePasscode onetimepassword security_answer_1 secret_answer
        mothers_maiden mothersMaidenName passwordless_token password_reset_code reset_code webauthn_private_key
        hotp_secret step_up_token sms_passcode login_otp loginOtp verify_code verifyCode
    """,
    "keys and wallets": """
        mnemonic MNEMONIC bip39_mnemonic wallet_mnemonic seed_words seedPhrase secret_phrase secret_recovery_phrase
        recovery_words xprv extended_private_key master_seed hd_seed wallet_seed deployer_mnemonic private_keys
        privkey priv_key privKey PRIVKEY pkey_password keystore_password keystorePass truststore_password
        trustStorePassword keystore_passphrase key_passphrase id_rsa id_ed25519 id_ecdsa ssh_private_key ssh_identity
        host_private_key host_key_private gpg_passphrase gpg_private_key pgp_private_key_block unseal_keys_b64
        unseal_keys_hex vault_unseal_key unsealKey root_token initial_root_token kubeconfig kube_config
        KUBE_CONFIG_DATA service_account_json serviceAccountJson SERVICE_ACCOUNT_KEY gcp_sa_key GCP_SA_KEY
        google_service_account_key client_key_data data_key_plaintext plaintext_data_key plaintext_key pepper
        password_pepper key_content private_key_content signing_key_base64 rsa_key ecdsa_private_key private_exponent
        age_secret_key sops_age_key wireguard_private_key preshared_key presharedKey wg_psk ipsec_psk ike_psk
        kms_plaintext_key pfx_base64 keystore_base64 p12_password jks_password vapid_private_key
    """,
    "configuration": """
        sasl.jaas.config spring.kafka.properties.sasl.jaas.config sasl_jaas_config kafka.sasl.jaas.config
        ssl.keystore.password ssl.key.password ssl.truststore.password ssl.keystore.key basic.auth.user.info
        schema.registry.basic.auth.user.info jdbc_password hibernate.connection.password datasource.password
        spring.cloud.vault.token spring.security.user.password quarkus.datasource.password
        camel.component.aws2-s3.secret-key hadoop.security.credential fs.s3a.secret.key fs.s3a.access.key
        fs.azure.account.key dfs.account.key javax.net.ssl.keyStorePassword proxy.password http.proxyPassword
        server.servlet.session.cookie.secret jwt.signing-key redis.requirepass requirepass masterauth
        rabbitmq.default_pass erlang_cookie RABBITMQ_ERLANG_COOKIE ldap.bind.password snmp.community snmp_community
        AuthKey privPassword auth_passphrase priv_passphrase authPassword community_string connectionStrings.default
        ConnectionStrings__DefaultConnection AzureWebJobsStorage db_connection_string mongodb_connection_string
        conn_url database_uri databaseUrl jdbc_database_url redis_uri wp_secure_auth_key nonce_salt auth_salt
        secret_token_base npmAuthToken npm.auth auths htpasswd pgpass pgpassfile_password netrc_password
    """,
    "environments": """
        SONAR_LOGIN TWILIO_ACCOUNT_AUTH AIRBRAKE_PROJECT_KEY AIRBRAKE_API_KEY NPM_AUTH YARN_NPM_AUTH_TOKEN
        COMPOSER_AUTH ARTIFACTORY_AUTH JFROG_AUTH NEXUS_AUTH NPM_CONFIG__AUTH DOCKER_AUTH_CONFIG ELASTICSEARCH_AUTH
        HUBOT_AUTH REGISTRY_AUTH GH_PAT CI_PAT REPO_PAT BOT_PAT CR_PAT AZURE_DEVOPS_EXT_PAT ADO_PAT NOTION_PAT
        FIGMA_PAT RELEASE_PAT SYSTEM_PAT SNOWFLAKE_PAT ACTIONS_PAT USER_PAT GIT_PAT PERSONAL_ACCESS_TOKEN WORKFLOW_PAT
        ORG_PAT DEVOPS_PAT NEW_RELIC_USER_KEY NEW_RELIC_INSIGHTS_INSERT_KEY NEW_RELIC_LICENSE_KEY NEWRELIC_INGEST_KEY
        PUSHOVER_USER_KEY HONEYCOMB_WRITEKEY HONEYCOMB_API_KEY SEGMENT_WRITE_KEY RUDDERSTACK_WRITE_KEY
        AMPLITUDE_API_KEY MIXPANEL_TOKEN POSTHOG_PROJECT_API_KEY HEAP_API_SECRET LD_SDK_KEY LAUNCHDARKLY_SDK_KEY
        OPTIMIZELY_SDK_KEY SPLIT_SDK_KEY STATSIG_SERVER_SECRET UNLEASH_API_TOKEN CONFIGCAT_SDK_KEY
        ROLLBAR_ACCESS_TOKEN BUGSNAG_API_KEY RAYGUN_APIKEY LOGDNA_INGESTION_KEY LOGTAIL_SOURCE_TOKEN LOGZIO_TOKEN
        SUMO_ACCESS_KEY LIGHTSTEP_ACCESS_TOKEN SPLUNK_HEC_TOKEN ELASTIC_APM_SECRET_TOKEN DYNATRACE_API_TOKEN
        DT_PAAS_TOKEN INSTANA_AGENT_KEY APPOPTICS_SERVICE_KEY SCOUT_KEY SIGNALFX_ACCESS_TOKEN GRAFANA_API_KEY
        GRAFANA_SERVICE_ACCOUNT_TOKEN PAGERDUTY_ROUTING_KEY_SECRET OPSGENIE_API_KEY VICTOROPS_API_KEY
        HEALTHCHECKS_PING_KEY STATUSPAGE_API_KEY UPTIMEROBOT_API_KEY SENTRY_DSN RAVEN_DSN GLITCHTIP_DSN
        SENTRY_AUTH_TOKEN CLOUDINARY_URL CLOUDINARY_API_SECRET IMGIX_TOKEN MUX_TOKEN_SECRET LIVEKIT_API_SECRET
        AGORA_APP_CERTIFICATE STREAM_API_SECRET PUSHER_KEY ABLY_KEY ABLY_API_KEY ONESIGNAL_REST_API_KEY KLAVIYO_KEY
        MAILCHIMP_KEY SENDINBLUE_KEY MAILERSEND_KEY RESEND_KEY COURIER_AUTH_TOKEN NOVU_SECRET_KEY TWILIO_API_SECRET
        VONAGE_SIGNATURE_SECRET MESSAGEBIRD_ACCESS_KEY PLIVO_AUTH_TOKEN SINCH_APP_SECRET BANDWIDTH_PASSWORD
        STRIPE_ENDPOINT_SECRET PAYPAL_SECRET BRAINTREE_PRIVATE_KEY ADYEN_HMAC_KEY CHECKOUT_SECRET_KEY
        RAZORPAY_KEY_SECRET PADDLE_AUTH_CODE GOCARDLESS_ACCESS_TOKEN WISE_API_TOKEN PLAID_SECRET DWOLLA_SECRET
        LEMONSQUEEZY_API_KEY CHARGEBEE_API_KEY RECURLY_PRIVATE_KEY SHIPPO_TOKEN EASYPOST_API_KEY TAXJAR_API_KEY
        AVALARA_LICENSE_KEY QUICKBOOKS_CLIENT_SECRET XERO_CLIENT_SECRET OPENAI_KEY AZURE_OPENAI_KEY
        AZURE_OPENAI_API_KEY ANTHROPIC_KEY COHERE_KEY GROQ_API_KEY MISTRAL_KEY REPLICATE_API_TOKEN HF_API_KEY
        KAGGLE_KEY WANDB_API_KEY WANDB_KEY LANGCHAIN_API_KEY LANGFUSE_SECRET_KEY LANGSMITH_KEY PERPLEXITY_KEY
        VOYAGE_KEY DEEPGRAM_KEY ELEVENLABS_KEY ASSEMBLYAI_KEY SERPAPI_KEY TAVILY_KEY FIRECRAWL_KEY PINECONE_KEY
        WEAVIATE_KEY QDRANT_KEY MAPBOX_TOKEN OPENCAGE_KEY LOCATIONIQ_KEY TOMTOM_KEY IPINFO_TOKEN IPSTACK_KEY
        MAXMIND_LICENSE_KEY OPENWEATHER_KEY ALPHAVANTAGE_KEY FINNHUB_KEY COINGECKO_KEY MORALIS_KEY INFURA_KEY
        ALCHEMY_KEY ETHERSCAN_KEY DO_SPACES_KEY DIGITALOCEAN_ACCESS_TOKEN HCLOUD_TOKEN LINODE_TOKEN VULTR_API_KEY
        SCW_SECRET_KEY OVH_CONSUMER_KEY OVH_APPLICATION_SECRET OCI_CLI_KEY_CONTENT ALICLOUD_SECRET_KEY
        ALIBABA_CLOUD_ACCESS_KEY_ID IBMCLOUD_API_KEY CLOUDFLARE_API_KEY CLOUDFLARE_ORIGIN_CA_KEY CF_API_TOKEN
        FASTLY_KEY AKAMAI_CLIENT_SECRET BUNNY_KEY NETLIFY_AUTH_TOKEN VERCEL_TOKEN RENDER_DEPLOY_HOOK
        VERCEL_DEPLOY_HOOK_URL NETLIFY_BUILD_HOOK RAILWAY_TOKEN FLY_API_TOKEN HEROKU_API_KEY SUPABASE_SERVICE_ROLE_KEY
        SUPABASE_JWT_SECRET TFE_TOKEN TF_TOKEN_app_terraform_io PULUMI_ACCESS_TOKEN PULUMI_CONFIG_PASSPHRASE
        SPACELIFT_API_KEY_SECRET INFRACOST_API_KEY SNYK_TOKEN FOSSA_API_KEY GITGUARDIAN_API_KEY SEMGREP_APP_TOKEN
        CODECOV_TOKEN CODACY_PROJECT_TOKEN COVERALLS_REPO_TOKEN BUILDKITE_AGENT_TOKEN CIRCLE_TOKEN CIRCLECI_TOKEN
        TRAVIS_TOKEN DRONE_RPC_SECRET DRONE_TOKEN JENKINS_API_TOKEN ARGOCD_AUTH_TOKEN RANCHER_SECRET_KEY
        OP_SERVICE_ACCOUNT_TOKEN BW_SESSION BW_CLIENTSECRET DOPPLER_TOKEN INFISICAL_TOKEN AKEYLESS_ACCESS_KEY
        CONJUR_AUTHN_API_KEY ANSIBLE_BECOME_PASS ANSIBLE_VAULT_PASSWORD FASTLANE_SESSION MATCH_PASSWORD CSC_LINK
        CSC_KEY_PASSWORD WIN_CSC_LINK APPLE_APP_SPECIFIC_PASSWORD APP_STORE_CONNECT_API_KEY_CONTENT EXPO_TOKEN
        CHROMATIC_PROJECT_TOKEN PERCY_TOKEN BROWSERSTACK_ACCESS_KEY SAUCE_ACCESS_KEY LAMBDATEST_ACCESS_KEY
        APPLITOOLS_API_KEY CYPRESS_RECORD_KEY UNITY_SERIAL UNITY_LICENSE NUGET_API_KEY NUGET_KEY CARGO_REGISTRY_TOKEN
        GEM_HOST_API_KEY HEX_API_KEY TWINE_PASSWORD PYPI_API_TOKEN NPM_TOKEN OSSRH_PASSWORD SONATYPE_PASSWORD
        MAVEN_GPG_PASSPHRASE ORG_GRADLE_PROJECT_signingKey GPG_SIGNING_KEY COSIGN_PASSWORD COSIGN_PRIVATE_KEY
        SIGSTORE_ID_TOKEN MINIO_ROOT_PASSWORD MINIO_SECRET_KEY B2_APPLICATION_KEY WASABI_SECRET_KEY BACKBLAZE_KEY
        R2_SECRET_ACCESS_KEY RESTIC_PASSWORD BORG_PASSPHRASE RCLONE_CONFIG_PASS MEILI_MASTER_KEY MEILISEARCH_KEY
        TYPESENSE_KEY ALGOLIA_WRITE_KEY ALGOLIA_KEY CONTENTFUL_ACCESS_TOKEN SANITY_TOKEN STRAPI_ADMIN_JWT_SECRET
        APP_KEYS API_TOKEN_SALT TRANSFER_TOKEN_SALT N8N_ENCRYPTION_KEY AIRFLOW__CORE__FERNET_KEY AIRFLOW_FERNET_KEY
        FERNET_KEY SUPERSET_SECRET_KEY METABASE_ENCRYPTION_SECRET_KEY DAGSTER_CLOUD_API_TOKEN PREFECT_API_KEY
        DBT_ENV_SECRET_TOKEN SNOWSQL_PWD SNOWFLAKE_PRIVATE_KEY DATABRICKS_TOKEN BIGQUERY_CREDENTIALS FIREBASE_TOKEN
        FIREBASE_SERVICE_ACCOUNT_KEY GOOGLE_CREDENTIALS GCP_CREDENTIALS GOOGLE_SERVICE_ACCOUNT_JSON GOOGLE_MAPS_KEY
        FCM_SERVER_KEY APNS_AUTH_KEY APNS_KEY_P8 VAPID_PRIVATE_KEY TELEGRAM_TOKEN DISCORD_BOT_TOKEN DISCORD_WEBHOOK
        SLACK_APP_TOKEN SLACK_WEBHOOK MSTEAMS_WEBHOOK MATTERMOST_WEBHOOK_URL GOOGLE_CHAT_WEBHOOK DINGTALK_WEBHOOK
        FEISHU_WEBHOOK LARK_WEBHOOK_URL WECOM_WEBHOOK ROCKETCHAT_WEBHOOK_URL LINE_CHANNEL_SECRET WECHAT_APPSECRET
        WECHAT_ENCODING_AES_KEY ALIPAY_PRIVATE_KEY KAKAO_REST_API_KEY NAVER_CLIENT_SECRET TWITTER_CONSUMER_SECRET
        TWITTER_BEARER FACEBOOK_APP_SECRET INSTAGRAM_ACCESS_TOKEN LINKEDIN_CLIENT_SECRET REDDIT_SECRET
        SPOTIFY_CLIENT_SECRET STEAM_API_KEY TWITCH_OAUTH_TOKEN YOUTUBE_API_KEY ZOOM_JWT_SECRET ZOOM_SDK_SECRET
        CALENDLY_TOKEN HUBSPOT_KEY SALESFORCE_SECURITY_TOKEN ZENDESK_API_TOKEN INTERCOM_SECRET FRESHDESK_API_KEY
        JIRA_API_TOKEN CONFLUENCE_PASSWORD ASANA_PAT LINEAR_API_KEY TRELLO_TOKEN TRELLO_KEY AUTH_SECRET
        NEXTAUTH_SECRET BETTER_AUTH_SECRET CLERK_SECRET_KEY AUTH0_CLIENT_SECRET OKTA_API_TOKEN KEYCLOAK_ADMIN_PASSWORD
        SUPERTOKENS_API_KEY STYTCH_SECRET WORKOS_API_KEY KINDE_CLIENT_SECRET ORY_PAT LOGTO_APP_SECRET HCAPTCHA_SECRET
        RECAPTCHA_PRIVATE_KEY TURNSTILE_SECRET_KEY DATADOG_APP_KEY CRONITOR_API_KEY BETTERSTACK_TOKEN AXIOM_TOKEN
        SECRET_KEY_BASE LOCKBOX_MASTER_KEY RAILS_MASTER_KEY DEVISE_SECRET_KEY DEVISE_PEPPER PHX_SECRET_KEY_BASE
        GUARDIAN_SECRET_KEY DJANGO_SUPERUSER_PASSWORD FLASK_SECRET_KEY LARAVEL_APP_KEY SYMFONY_APP_SECRET
        MAGENTO_CRYPT_KEY CRYPT_KEY WORDPRESS_DB_PASSWORD NODE_AUTH_TOKEN GITHUB_APP_PRIVATE_KEY GITHUB_WEBHOOK_SECRET
        GITLAB_RUNNER_TOKEN CI_JOB_JWT CI_DEPLOY_PASSWORD BITBUCKET_APP_PASSWORD K6_CLOUD_TOKEN NGROK_AUTHTOKEN
        TAILSCALE_AUTHKEY TS_AUTHKEY ZEROTIER_TOKEN CONSUL_HTTP_TOKEN NOMAD_TOKEN VAULT_TOKEN ETCD_ROOT_PASSWORD
        CLICKHOUSE_PASSWORD INFLUXDB_TOKEN NEO4J_AUTH NEO4J_PASSWORD ELASTIC_PASSWORD KIBANA_SYSTEM_PASSWORD
        CONFLUENT_API_SECRET SR_API_SECRET PULSAR_TOKEN NATS_NKEY_SEED NATS_PASSWORD TEMPORAL_API_KEY
    """,
    "headers and short forms": """
        immigration_number refugee_number asylum_number rx_number treatment_history medical_notes therapy_notes
        immunizations bank_statement loan_number mortgage_number brokerage_account income skype_id wechat_id
        last_known_location contact_person emergency_contact_person spouse spouse_dob daughter_name children_names
        pronouns caste mother_tongue unlock_pattern zigbee_network_key pairing_key bluetooth_link_key provisioning_key
        join_key enrollment_key registration_key rtmp_key cert_key certificate_key client_certificate_key private_jwk
        signing_seed serial_key cd_key signing_keystore android_keystore release_keystore netrc pgpass htpasswd npmrc
        NPMRC pypirc dockerconfigjson .dockerconfigjson dockercfg git_credentials X-Api-Token X-Authorization
        X-Access-Key X-App-Token X-CSRFToken X-Forwarded-Authorization X-Original-Authorization X-Plex-Token
        X-Figma-Token X-Emby-Token X-MBX-APIKEY CB-ACCESS-KEY CB-ACCESS-SIGN CB-ACCESS-PASSPHRASE API-Sign
        X-Telegram-Bot-Api-Secret-Token Circle-Token Fastly-Key DD-API-KEY Linear-Signature X-Zm-Signature
        Paypal-Transmission-Sig X-Square-Hmacsha256-Signature svix-signature webhook-signature
        X-Ms-Token-Aad-Access-Token X-Ms-Client-Principal X-Forwarded-Email X-Auth-Request-Email X-Amzn-Oidc-Data
        X-Amzn-Oidc-Accesstoken Cf-Access-Client-Secret Cf_Authorization X-Hasura-Admin-Secret X-Auth-Signature
        X-Rundeck-Auth-Token Jenkins-Crumb AWSAccessKeyId given_nm frst_name last_nm cust_name cust_email cust_phone
        cust_addr cust_dob usr_pwd usr_email usr_phone pswrd passwrd psswrd paswd passwort_hash pwdhash pass_hash
        passhash passwd_enc email_enc ssn_enc ssn_tok enc_password encPassword pwd_enc encrypted_ssn hashed_ssn
        ssn_plain user_pass_hash secret_value secretValue secret_text secret_data plain_secret vault_secret
        client_secret_value sensitive_data private_note billTo.firstName bill_to_street ship_to_address shipTo.phone
        billing.phone shipping_phone billing_address_1 addr1 addr2 street1 street_1 street2 home_street work_street
        address_2 addr_2 residential_addr perm_address temp_address mailing_addr emailaddr e_mail_addr emailid
        eml_addr contact_no contact_num mob_no mobileno mob_number cell_no cellno tel_number tel1 phone_2 alt_phone
        alternate_phone alternatePhone secondary_phone evening_phone daytime_phone day_phone night_phone phn_no ph_no
        ph_number phone_ext fax_no facsimile home_fax work_fax acct_number acctnum account_num account_nbr accountno
        accNo acc_number bank_acc bankAcc bank_acc_no iban_no ibanNumber cc_num ccnumber creditcardno credit_card_no
        cc_cvc cc_cvv2 ccexp cc_exp_date card_exp_dt cardexp card_expdate cvv_no card_verif dob_dt birth_dt
        dateofbirth date_birth dob_year birthdt bdate bday born_date birth_city birthplace bplace mother_name
        father_name fathers_name mothers_name spouse_name maidenname drivers_lic driver_lic driving_lic dl_number
        dl_num dlno license_no lic_no lic_num licence_num passport_num pass_no passportid visa_no visa_num visa_id
        green_card_no ssn4 ssn_4 last4_ssn ssn_last_4 last4ssn tax_ref tax_reference tax_file_number taxfileno
        vat_reg_no nat_id natid national_insurance nat_ins_no national_health_number nhsno social_no social_num socsec
        soc_sec_no social_ins_no user_secret app_pass apppass api_pwd apipwd api_passwd api_credentials apiCreds
        auth_creds authcreds service_password svc_password svc_pass sa_password sa_pwd root_pwd rootpw root_pass
        rootpass dba_password oracle_pwd db_pw dbpw pgpass_word mysql_pw redis_pw mq_pass mq_password ftp_pwd sftp_key
        sftp_pass ssh_pass ssh_pw ssh_pwd sudo_pass sudopass become_pass vnc_password rdp_password wifi_psk wlan_key
        wlan_psk wep_key wifi_pass router_password admin_secret master_secret ms_token premaster_secret
        pre_master_secret client_random_secret session_ticket_key ticket_key tls_ticket_key cookie_signing_key
        cookieSecret cookie_password session_password session_passwd jwt_key jwtkey jwt_signing_secret jwt_priv_key
        jws_key token_key token_signing_key tokenSigningKey token_secret refresh_secret refresh_jwt rt_token at_token
        oauth_code oauth_secret oauth2_secret oidc_secret oidc_client_secret saml_key saml_private_key saml_sp_key
        idp_secret sso_secret scim_token scim_secret ldap_secret ldap_bind_pw ldap_pw bind_credentials bind_pwd
        kdc_password krb_password keytab kerberos_keytab keytab_base64 radius_key tacacs_key tacacs_secret
        snmp_auth_key snmp_priv_key snmpv3_password bgp_password ipsec_secret ike_secret vpn_psk vpn_key vpn_secret
        wg_private_key openvpn_key ovpn_key tls_auth_key
    """,
    "cloud interfaces": """
        AWSAccessKeyId ADDomainJoinPassword KerberosKeytab KeyBlock Tr31KeyBlock AuthRequestCryptogram PinOffset
        PinValidationData VerificationValue TaxRegistrationNumber shippingProvince billingCounty MacKey AuthParameters
    """,
}

HARMLESS: Final = {
    "schema.org": """
        addressCountry honorificPrefix honorificSuffix jobTitle knowsLanguage isicV4 currency minValue maxValue
        priceCurrency affiliation memberOf
    """,
    "SCIM": """
        userName displayName preferredLanguage userType profileUrl externalId costCenter entitlements
        meta.resourceType
    """,
    "OpenID Connect and SAML": """
        sub iss aud azp acr amr at_hash c_hash nonce state email_verified phone_number_verified updated_at zoneinfo
        locale code_challenge code_challenge_method pkce_code_challenge client_assertion_type token_type_hint
        request_uri relay_state response_type grant_type prompt max_age saml_issuer saml_binding saml_version
        name_id_format device_authorization_endpoint verification_uri
    """,
    "FHIR": """
        coverage.status patient.active resourceType relationship coverage_type multiple_birth_count
    """,
    "health": """
        health_check_status health_probe npi_valid patient_count symptom_count blood_pressure_unit lab_id
        diagnosis_count
    """,
    "passenger data": """
        pnr_count pnr_created_at pnr_status loyalty_tier loyalty_program loyalty_points loyalty_enabled
        frequent_flyer_program frequent_flyer_tier passport_expiry passport_country visa_type visa_status_count
        booking_class fare_class seat_number flight_number ticket_count record_count ktn_present document_number_count
        membership_type membership_tier membership_status member_count redress_enabled
    """,
    "payroll": """
        salary_band salary_range payroll_run_id compensation_action compensation_handler temperature_compensation
        motion_compensation compensation_step latency_compensation saga_compensation payroll_status bonus_points
        pay_period wage_type payroll_provider
    """,
    "know your customer": """
        kyc_status kyc_level kyc_provider aml_check_result sanctions_hit sanctions_match_count selfie_check_result
        selfie_required risk_score
    """,
    "cards": """
        masked_pan truncated_pan camera_pan pan_x pan_y pan_zoom pan_speed service_code eci ksn card_brand card_type
        card_bin cvv_result cvc_check avs_result pin_block_format track_count track_id card_last_four pan_last4
        card_name_length card_expired cvv_present track_title soundtrack
    """,
    "bank transfers": """
        bic swift swift_code bank_code bank_name end_to_end_id instruction_id settlement_date routing_key
        routing_policy account_type iban_valid sort_code_valid sort_code_checked bank_account_count transfer_status
        ach_status ach_return_code ifsc_valid ifsc_lookup_ms routing_slip routing_strategy upi_status upi_enabled
        acct_type rtn_code
    """,
    "national ids": """
        nid node_id fin syn nic nic_count inn_count national_id_type nin_verified bvn_verified cnic_valid dpi rfc
        rfc_id id_type document_type id_document_type nationality_count tax_id_valid ssn_format pesel_valid
        identification_method aadhaar_verified taxpayer_type run_id
    """,
    "education": """
        student_count studentCount course_id grade_level student_type enrollment_status enrollment_count gpa_scale
        school_id class_id
    """,
    "vehicles and homes": """
        vehicle_type vehicle_count plate_count vin_valid vin_lookup_ms license_plate_detected engine_type chassis_type
        vehicle_id number_plate_region
    """,
    "telecom": """
        imei imeisv meid device_imei imei_valid imei_count imsi_attach_count mcc mnc carrier network_type
        signal_strength sim_slot sim_state msisdn_valid iccid_count cell_id lac tac apn roaming imei_check_result
        sim_count
    """,
    "biometrics": """
        biometric_enabled face_count face_detected fingerprint_count voice_id_enabled iris_dataset fingerprint
        face_detection_ms
    """,
    "second factors and links": """
        mfa_enabled mfa_method authenticator_type authenticator_attachment authenticator_count authenticator_enabled
        backup_codes_remaining recovery_codes_remaining recovery_codes_count backup_codes_generated_at otp_length
        otp_expires_at magic_link_sent magic_link_expires_at magic_link_ttl device_code_expires_in user_code_length
        verification_uri verification_status reset_link_sent reset_link_clicked password_reset_requested
        invite_link_clicks invite_link_enabled unsubscribe_link download_link passkey_count passkey_enabled
        webauthn_challenge_type totp_enabled totp_period totp_digits totp_algorithm hotp_counter login_link_clicked
        otp_resend_count link link_count
    """,
    "keys and wallets": """
        public_key publicKey publicKeyPem public_key_pem ssh_public_key sshPubKey ssh_pub_key id_rsa_pub id_rsa.pub
        rsa_public_key rsaPubKey signing_public_key publicSigningKey public_signing_key public_encryption_key
        encryption_public_key encryption_key_public jwt_public_key jwtPublicKey jwk_public public_jwk
        signing_key_public ssh_key_pub host_public_key client_public_key gpg_public_key pgp_public_key_block
        server_public_key wireguard_public_key wg_public_key peer_public_key vapid_public_key VAPID_PUBLIC_KEY
        LANGFUSE_PUBLIC_KEY STRIPE_PUBLISHABLE_KEY stripe_publishable_key publishable_key STRIPE_PUBLIC_KEY
        RECAPTCHA_SITE_KEY TURNSTILE_SITE_KEY HCAPTCHA_SITEKEY credential_public_key ssh_authorized_keys
        authorized_keys known_hosts api_key_hint apiKeyHint secret_key_hint access_key_hint api_key_preview
        api_key_prefix api_key_suffix api_key_last_four api_key_last4 api_key_fingerprint key_thumbprint
        signing_key_thumbprint api_key_masked api_key_size private_key_size key_size_bits rsa_key_size
        encryption_key_length aes_key_bits ssh_key_bits ssh_key_format private_key_format api_key_format key_format
        key_encoding private_key_encoding api_key_present api_key_set api_key_is_set api_key_configured api_key_exists
        api_key_provided api_key_missing has_api_key api_key_available password_set password_is_set password_present
        password_provided password_missing password_empty password_is_empty password_blank password_null
        password_configured password_given_count password_size password_bytes password_charset password_encoding
        password_format password_min_chars password_chars_min secret_present secret_size secret_set token_present
        token_size token_length token_missing secret_exists private_key_present mnemonic_length mnemonic_word_count
        mnemonic_language seed_phrase_length unseal_progress unseal_threshold unseal_keys_required sealed
        keystore_type keystore_path truststore_path truststore_type keystore_provider kubeconfig_path KUBECONFIG_PATH
        kube_context kubeconfig_file private_key_id wallet_count random_seed seed seed_value kms_key_id key_id
        key_version signing_key_id encryption_key_id
    """,
    "configuration": """
        sasl.mechanism sasl.kerberos.service.name security.protocol ssl.keystore.location ssl.keystore.type
        ssl.truststore.location ssl.endpoint.identification.algorithm ssl.protocol ssl.provider
        basic.auth.credentials.source jaas_enabled sasl.enabled.mechanisms return_addressable datasource.driver
        connection_timeout auth_plugin auth_order auth_module auth_backend reset_password_within
        password_expires_within session_timeout_in confirm_within credentials_path credentials_file client_auth
        ssl.client.auth snmp_version community_id
    """,
    "environments": """
        SONAR_HOST_URL SONAR_PROJECT_KEY sonar.projectKey JIRA_PROJECT_KEY project_key projectKey TWILIO_ACCOUNT_SID
        AIRBRAKE_PROJECT_ID SENTRY_ENVIRONMENT SENTRY_RELEASE SENTRY_ORG DD_SERVICE DD_ENV DD_SITE NEW_RELIC_APP_NAME
        AWS_REGION AWS_PROFILE AWS_DEFAULT_REGION AWS_ROLE_ARN AWS_WEB_IDENTITY_TOKEN_FILE GOOGLE_CLOUD_PROJECT
        AZURE_CLIENT_ID AZURE_TENANT_ID VAULT_ADDR CONSUL_HTTP_ADDR NOMAD_ADDR CONSUL_HTTP_SSL KUBERNETES_SERVICE_HOST
        ANSIBLE_VAULT_PASSWORD_FILE DOCKER_CONFIG GITHUB_REPOSITORY GITHUB_SHA GITHUB_REF GITHUB_RUN_ID CI_COMMIT_SHA
        CI_PIPELINE_ID APP_STORE_CONNECT_API_KEY_ID APPLE_TEAM_ID MINIO_ROOT_USER NPM_CONFIG_REGISTRY LOG_LEVEL
        CLERK_PUBLISHABLE_KEY STRIPE_PRICE_ID PUSHER_APP_ID PUSHER_CLUSTER ALGOLIA_APP_ID CONTENTFUL_SPACE_ID TZ LANG
        PYTHONHASHSEED SSH_AUTH_SOCK SSH_AGENT_PID SSH_CONNECTION_COUNT XDG_SESSION_ID XAUTHORITY JAVA_OPTS
        KAFKA_BROKERS BOOTSTRAP_SERVERS COMPAT_MODE PAT_COUNT path PATH NODE_ENV
    """,
    "facts about what is sensitive": """
        password_reset_count password_prompt_shown password_field_id password_input_visible password_autofill
        password_grant password_hash_cost password_hash_rounds passwordHashType password_store_backend
        password_history_size password_dictionary_size password_rule_id password_tries password_tries_left
        password_retries_left password_strength_label password_meter_score password_screen_views
        password_change_required needs_password nopasswd sudo_nopasswd PasswordAuthentication PermitEmptyPasswords
        password_quality password_encryption password_min password_max_length passwordMaxAge password_grace_period
        password_login_enabled password_autocomplete password_similarity password_in_breach pwned_password_count
        breached_passwords_count password_placeholder passwordHelperText password_error_message password_reset_flow
        password_reset_email_sent password_reset_rate_limit token_bucket_capacity tokens_per_sec token_refill_rate
        max_token_length tokenize_ms token_endpoint_url token_kind token_class token_offset token_start_index
        token_logprobs num_input_tokens n_tokens tokens_evaluated tokens_predicted eos_token_id pad_token unk_token
        mask_token sep_token cls_token bos_token_id special_tokens_map additional_special_tokens forced_bos_token_id
        decoder_start_token_id token_healing tokens_cached cached_content_token_count thoughts_token_count
        tool_use_prompt_token_count token_ratio token_efficiency tokens_left tokens_consumed token_pool_size
        token_contract token_transfer_count token_holder_count token_supply token_pair tokenomics token_gate
        access_token_expiry access_token_url token_lifetime refresh_token_rotation token_revoked_at token_source_type
        token_mode lexer_token_type token_line token_column previous_token next_token_id ast_token cancel_token
        cancellationTokenSource stopping_token delta_token change_token next_batch_token start_page_token
        continuation_token_present fencing_token lease_token consistency_token completion_token_details
        accepted_prediction_tokens rejected_prediction_tokens output_token_limit cache_creation_input_tokens
        cacheReadInputTokens inputTokenCount tokens_per_minute_limit remaining_tokens x-ratelimit-remaining-tokens
        x-ratelimit-limit-tokens x-ratelimit-reset-tokens anthropic-ratelimit-tokens-remaining ratelimit_tokens
        token_quota stop_token_ids token_type_ids num_special_tokens tokens_to_generate min_tokens token_f1
        token_accuracy token_embedding_dim vocab_tokens byte_tokens token_drop_rate expert_token_count tokens_seen
        train_tokens total_train_tokens tokens_processed throughput_tokens_per_second target_token masked_tokens
        csrf_token_ttl csrf_cookie_name xsrf_header_name session_token_count secret_engine secret_lease_duration
        secret_rotation_lambda_arn secret_manager_latency_ms secret_scan_duration_ms secret_sync_status secret_labels
        secret_annotations secret_keys_count secret_mount_path secret_kind secret_class secret_length
        client_secret_expires_at secret_last_accessed client_secret_auth_method secret_string_length secret_version_id
        secret_version_stage k8s.secret.uid k8s.secret.type secret_resource_version secrets_engine_path secretspath
        secrets_manager_region secret_detection_enabled secret_findings secret_alert_count secret_leak_count
        secret_owner_team key_up key_down key_code keyCode keypad sort_key_name access_key_rotation api_key_quota
        api_key_plan api_key_tier api_key_role api_key_label api_key_environment api_key_tenant encryption_key_arn
        key_vault_name key_vault_url key_vault_uri keyvault_name master_key_arn kms_master_key_id
        encryption_key_source encryption_key_uri signing_key_alg key_agreement session_key_length foreign_key_checks
        key_lookup_ms private_key_algorithm HostKeyAlgorithms ssh_host_key_algorithms ssh_host_key_fingerprint
        license_key_type key_rotation_period key_rotation_enabled api_key_rate_limit api_key_limit api_key_requests
        api_key_restrictions api_key_scope api_key_expiration api_key_usage api_key_last_used api_key_rotated_at
        api_key_created_by api_key_hash_algorithm api_key_length access_key_status encryption_key_state
        encryption_key_rotation_days signing_key_algorithm signing_key_age_days encryption_key_provider
        customer_managed_key_enabled wallet_key_count object_key_count keyspace_name key_hash key_slot shard_key
        partition_key_path cluster_key dataset_key answer_key legend_key map_key_count key_frame api_keys_total
        api_keys_active root_key_id ssh_keys_count deploy_keys_count deploy_key_read_only deploy_key_title
        cookie_banner_version cookie_consent_status cookie_sync_count cookie_ttl third_party_cookies_enabled
        third_party_cookies_blocked cookie_lifetime_days cookie_store_type cookie_bar_dismissed cookies_accepted
        cookies_rejected cookie_settings_opened cookie_category_analytics cookie_expires cookie_prefix
        cookie_samesite_mode session_cookie_httponly cookie_path cookie_attributes_count auth_ms auth_timeout
        auth_realm auth_strategy authenticator_name auth_header_present auth_header_missing authorization_server
        authorization_code_ttl authorization_header_present auth_code_ttl auth_token_count auth_retry auth_cache_hit
        auth_callback auth_error_code auth_failed_reason auth_duration auth_backend_name auth_endpoint auth_required
        auth_session_count auth_version auth_service auth_context auth_factor_count oauth_redirect_uri
        oauth_grant_type basic_auth_enabled proxy_auth_required http_auth_type grafana_auth_enabled ldap_auth_enabled
        smtp_auth_method redis_auth_enabled registry_auth_type auth_port auth_host authn authz authentication_latency
        authentication_count authentication_failures authorization_result credentials_type credential_source
        credentials_age_days credential_count email_template_name email_index email_field email_regex
        email_validation_ms email_queue email_quota email_sender_domain email_batch_id emails_per_hour email_schema
        email_worker email_layout email_priority email_provider_latency_ms email_open_count email_link_clicks
        email_bounce_type email_mx_valid email_is_disposable email_is_free email_domain_age email_domain_reputation
        email_deliverability email_unsubscribed_at email_send_time email_step email_ab_variant email_confirmation_sent
        email_change_requested email_login_enabled email_otp_enabled email_configured email_transport email_smtp_host
        email_retry email_header_count email_html_size email_token_count phone_region phone_prefix phone_format
        phone_line_type phone_case phone_verified_at phone_is_valid phone_lookup_ms phone_call_count phone_otp_enabled
        phone_login_enabled phone_provider phone_platform phone_battery phone_manufacturer phone_orientation
        phone_memory_mb phone_sdk_version phone_theme mobile_data mobile_view mobile_breakpoint mobile_layout
        mobile_traffic_share mobile_sessions mobile_users mobile_sdk_version mobile_version mobile_bounce_rate
        mobile_enabled mobile_first mobile_menu_open mobile_ads mobile_apps fax_count telephone_count addressing_mode
        ip_address_type address_bits address_line_count return_address_size address_format address_validation_provider
        address_verified_at address_normalized address_geocoded address_count_total is_address_valid has_address
        address_book_size address_bar_visible address_space_id page_address mem_addr jump_address bus_address
        i2c_address i2c_addr spi_address modbus_address plc_address can_address device_address hardware_address
        peer_addresses listen_addresses addresses_count server_addresses grpc_address http_address ws_address
        advertise_addr dns_address proxy_addr target_address callback_address load_address link_address rebase_address
        crash_address faulting_address kernel_address module_base_address wallet_address contractAddress
        token_contract_address from_address_type first_name_label last_name_field full_name_match name_tag
        name_servers file_full_name first_name_field last_name_label name_match_score surname_index name_similarity
        given_name_count last_name_length customer_name_length user_name_changed names_count display_name_length
        owner_name_present nickname_count first_name_max_length full_name_required card_holder_count
        credit_card_form_shown credit_card_processor credit_card_errors debit_card_share card_number_length
        card_number_valid card_number_format card_number_masked_enabled card_layout_mode card_count_total card_grid
        card_style card_width kanban_card card_drag_count card_payment_enabled card_payment_count card_auth_rate
        card_decline_rate card_token_type card_networks_supported cards_linked_count card_expiry_valid
        card_expiry_check dob_required dob_verified date_of_birth_valid date_of_birth_format birth_date_required
        birth_date_valid birthday_email_sent birthday_campaign birthday_reward birthday_count birth_year_range
        dob_match dob_mismatch ssn_length ssn_last4_match ssn_format_valid ssn_masked ssn_required ssn_present
        pin_mode pin_state pinyin pin_entry_mode pin_verification_result pin_tries_remaining pin_try_counter
        pin_pad_type pin_pad pin_code_enabled pin_change_required pinned_message pinout gender_options gender_stats
        gender_field_visible gender_required gender_breakdown salary_currency salary_period salary_frequency
        salary_grade salary_visible salary_count religion_options ethnicity_options nationality_options
        nationality_required marital_status_options race_results race_car race_number race_distance race_time_ms
        race_horse sex_ratio sexes_count account_number_length account_number_format routing_number_valid iban_length
        bank_account_verified_at bank_account_linked bank_accounts_count sort_code_lookup_ms account_holder_type
        account_holder_count license_key_expires license_key_status driver_license_required driver_license_scan_ms
        driver_license_expired license_plate_count license_plate_confidence plate_reader_version passport_strategy
        passport_version passport_required passport_valid passport_scan_ms national_id_required national_id_format
        tax_id_required tax_id_count tax_number_valid voter_id_verified location_accuracy location_source
        user_location_consent gps_fix gps_satellites gps_accuracy_m gps_status latitude_count gps_module_version
        location_name_length home_page home_directory home_screen home_timeline home_team home_feed zip_level
        zip_ratio zip_entries zip_size_bytes postal_code_required postal_code_valid postal_code_format zipcode_count
        zip_code_valid street_count street_light_id city_count city_id signature_algorithm_id signature_valid_until
        signature_size signature_verified_at signature_scheme signature_input signature_base_string_length
        cosign_signature_verified code_signature_status document_signature_status e_signature_enabled
        signature_pad_shown signature_requests signature_version_id salt_master salt_minion_id salt_version
        salt_length salt_bytes salt_size cvv_required cvv_length cvc_result insurance_type insurance_plan
        insurance_provider insurance_status insurance_count insurance_verified medical_device_id medication_count
        medication_reminder_enabled prescription_count prescription_status diagnosis_ms allergy_count
        medical_specialty patient_portal_enabled patient_flow patient_wait_ms health_insurance_enabled
        health_data_enabled mfa_code_length mfa_code_expired mfa_code_valid otp_code_length otp_sent_via
        otp_delivery_ms otp_retry_after verification_code_sent verification_code_expired verification_code_length
        sms_code_sent backup_codes_enabled recovery_code_used recovery_codes_generated backup_code_used
        security_question_count security_questions_enabled security_code_type magic_link_enabled reset_token_expired
        reset_token_used_at reset_token_ttl session_secret_rotated jwt_secret_length jwt_audience jwt_claims_count
        jwt_header_alg jwt_size jwks_cache_ttl bearer_token_present bearer_scheme hmac_algorithm hmac_valid
        hmac_enabled hmac_digest_type webhook_secret_set webhook_signature_valid webhook_count webhook_status
        connection_string_name connection_string_length dsn_name dsn_host dsn_count database_url_set
        database_url_scheme redis_url_host database_url_host db_url_valid connection_string_present
        biometric_supported biometric_type biometric_prompt_shown face_id_enabled face_id_available fingerprint_sensor
        fingerprint_enabled face_count_avg face_scan_enabled voice_print_enabled iris_count wallet_balance
        wallet_count wallet_id wallet_type mnemonic_words_count seed_phrase_backed_up seed_phrase_verified
        wallet_connected wallet_provider wallet_network author_id author_count coauthors authored_by authors_total
        authority_key_id authorities_count secretary_name_length captcha_token_valid device_token_count
        device_token_registered push_token_registered push_token_updated_at fcm_token_valid apns_token_expired
        invite_token_used invitation_sent invite_code_used referral_code promo_code coupon gift_card_enabled
    """,
    "cloud interfaces": """
        IPv6Address PrivateIPv4Address PublicIPv4Addresses DigestAlgorithmMnemonic SigningAlgorithmMnemonic
        PrivateAddress AddressTransfers AddressTranslations CreationToken UpdateToken CheckpointToken VersionToken
        ConditionalToken PhoneNumberCountries PublicKeyMaterial SigningKeyCertificate apiKeyHeader TokenHttpHeader
        SignatureHttpHeader VpcPeeringAuthorizations EmailTags cookiesAllowList tokenBalances TokenProperties
        secretsRole ModelCardName instanceIdentityDocument AccessKeyMetadata APIKeySummaries ManufacturerLegalName
        ServiceCredentialAlias
    """,
}
