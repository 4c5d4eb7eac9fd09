"""Names of keys as real systems have them: those of what is sensitive, and those that only look so.

Of HTTP headers, environments, clouds, web frameworks, identity providers, payment and mail services, shops, health and
personnel records, and of telemetry itself.
"""

from __future__ import annotations

from typing import Final


def split(text: str) -> list[str]:
    """Return the words of a text."""
    return text.split()


SENSITIVE: Final = split(
    """
    x-rapidapi-key patronymic
    email password token apiKey secret creditCard ssn userEmail user_email EMAIL Email-Address e-mail E_MAIL
    emailAddress email2 customer.emails contact.email.primary Password PASSWORD newPassword new_password
    password_confirmation passwordHash userpassword db_password db.password pwd passwd passphrase passcode userPwd
    smtp_pass dbPass accessToken access_token refresh-token idToken id_token authtoken oauth2_token GITHUB_TOKEN
    slack_bot_token tokens.0.token X-Api-Key x_api_key apiKey2 APIKEY api.key apikey API_KEY_PROD secretKey
    AWS_SECRET_ACCESS_KEY aws_access_key_id clientSecret client_secret secrets webhook-secret x-amz-security-token
    csrf_token X-CSRF-Token jwt bearer privateKey PRIVATE_KEY private_key_pem ssh_key sessionToken session_key
    credential credentials dbCredentials authorization Authorization Proxy-Authorization
    http.request.header.authorization cookie Cookie Set-Cookie set_cookie http.response.header.set-cookie
    credit_card_number CREDITCARD creditcard cardNumber card_number cardholder_name name_on_card cvv cvv2 cvc pin
    userPIN otp totp one_time_code iban bank_account account_number passport passport_number passportNo
    drivers_license taxId social_security_number SocialSecurity user.ssn national_id phoneNumber phone_number
    mobile_number telephone fax home.phone dob birthDate birth_date dateOfBirth birthday fullName full_name
    firstName first_name last-name LASTNAME surname user.full_name homeAddress streetAddress street_address
    billing_address shippingAddress email_address address_line_1 Set-Cookie2 X-ApiKey Api-Key X-Auth-Token
    X-Access-Token X-XSRF-TOKEN X-Csrftoken X-Session-Token X-Amz-Security-Token X-Amz-Signature X-Amz-Credential
    X-Goog-Api-Key X-Goog-Signature X-Goog-IAP-JWT-Assertion Cf-Access-Jwt-Assertion X-Hub-Signature
    X-Hub-Signature-256 Stripe-Signature X-Slack-Signature X-Twilio-Signature X-Shopify-Access-Token
    X-Shopify-Hmac-Sha256 X-Vault-Token X-GitHub-Token X-Gitlab-Token Private-Token JOB-TOKEN X-Auth-Key
    X-Auth-Email X-Functions-Key Ocp-Apim-Subscription-Key X-User-Email X-User-Token X-Parse-Session-Token
    X-Parse-REST-API-Key X-Parse-Master-Key DPoP X-Consumer-Key X-Registry-Auth X-Refresh-Token X-Id-Token
    X-Client-Secret X-App-Secret X-Api-Secret X-Device-Token X-Request-Signature X-Line-Signature X-Sendgrid-Key
    X-Customer-Phone X-User-Phone HTTP_AUTHORIZATION HTTP_COOKIE HTTP_X_API_KEY HTTP_X_CSRF_TOKEN
    http.request.header.cookie http.request.header.x-api-key http.request.header.x_amz_security_token
    AWS_ACCESS_KEY_ID AWS_SESSION_TOKEN aws.secret.access.key secretAccessKey SecretAccessKey AccessKeyId
    SessionToken accessKeySecret AccountKey SharedAccessKey SharedAccessSignature
    AzureWebJobsStorageConnectionString AZURE_CLIENT_SECRET ARM_CLIENT_SECRET ARM_ACCESS_KEY AZURE_STORAGE_KEY
    azure_storage_account_key AZURE_STORAGE_CONNECTION_STRING sasToken sas_token SAS_TOKEN primaryConnectionString
    GOOGLE_API_KEY GOOGLE_APPLICATION_CREDENTIALS gcp_service_account_key service_account_json_private_key
    MasterUserPassword masterUserPassword masterPassword SecretString SecretBinary instrumentationKey
    APPINSIGHTS_INSTRUMENTATIONKEY kmsPlaintextDataEncryptionKey plaintext_key_material DbPassword RDS_PASSWORD
    redshiftPassword adminPassword administratorLoginPassword aws_session_token aws_security_token SECRET_KEY
    DJANGO_SECRET_KEY SECRET_KEY_BASE RAILS_MASTER_KEY APP_KEY APP_SECRET JWT_SECRET JWT_SECRET_KEY
    csrfmiddlewaretoken csrftoken authenticity_token user[password] user[password_confirmation] user[email]
    form[credit_card] session[otp_attempt_code] password_digest encrypted_password reset_password_token
    confirmation_token unlock_token remember_token remember_me_token _csrf _token spring.datasource.password
    spring.datasource.hikari.password spring.mail.password
    spring.security.oauth2.client.registration.google.client-secret server.ssl.key-store-password
    server.ssl.keyStorePassword server.ssl.trust-store-password management.metrics.export.datadog.apiKey
    spring.redis.password spring.rabbitmq.password eureka.password DB_PASSWORD DB_PASS DATABASE_PASSWORD
    DATABASE_URL DB_URL REDIS_PASSWORD REDIS_URL REDISCLI_AUTH MAIL_PASSWORD MAILGUN_SECRET PUSHER_APP_SECRET
    PUSHER_APP_KEY MYSQL_PASSWORD MYSQL_ROOT_PASSWORD MYSQL_PWD PGPASSWORD POSTGRES_PASSWORD POSTGRES_PASS MONGO_URI
    MONGODB_URI MONGO_INITDB_ROOT_PASSWORD RABBITMQ_DEFAULT_PASS AMQP_URL CELERY_BROKER_URL
    SQLALCHEMY_DATABASE_URI SESSION_SECRET COOKIE_SECRET connect.sid PHPSESSID JSESSIONID laravel_session XSRF-TOKEN
    sessionKey session_token sessionCookie session_cookie sessionSecret keycloak.credentials.secret
    jasypt.encryptor.password nodemailer.auth.pass SMTP_PASSWORD smtpPassword emailPassword EMAIL_HOST_PASSWORD
    ftp_pass ftpPassword ldap_bind_password ldapPassword bind_pw bindPassword wp_auth_key AUTH_KEY SECURE_AUTH_KEY
    LOGGED_IN_KEY_SECRET AUTH_SALT SECURE_AUTH_SALT refresh_token refreshToken id_token_hint auth_code authCode
    authorization_code authorizationCode device_code code_verifier codeVerifier client_assertion clientAssertion
    saml_response SAMLResponse saml_assertion subject_token actor_token registration_access_token logout_token
    bearer_token BearerToken oauth_token oauth_token_secret oauth_verifier oauth_access_token consumer_secret
    consumerSecret mfa_token mfa_code mfaCode otp_code otpCode OTP one_time_password oneTimePassword totp_secret
    totpSecret two_factor_code twoFactorCode 2fa_code 2FACode recovery_code recoveryCodes backup_codes backupCode
    verification_code verificationCode sms_code smsCode security_code securityCode activation_code reset_token
    resetToken password_reset_token passwordResetToken email_verification_token emailVerificationToken invite_token
    invitation_token magic_link login_token loginToken api_token apiToken userToken user_token authToken auth_token
    csrfToken xsrf_token tokens.access deviceToken device_token push_token fcm_token fcmToken apns_token
    session.token jwtToken JWT x_jwt jwt_token stateToken given_name family_name middle_name birthdate gender
     okta.client.token OKTA_CLIENT_PRIVATEKEY okta_api_token auth0_client_secret AUTH0_CLIENT_SECRET
    STRIPE_SECRET_KEY stripeSecretKey STRIPE_API_KEY STRIPE_WEBHOOK_SECRET stripe_key TWILIO_AUTH_TOKEN
    twilio_auth_token twilioAuthToken SENDGRID_API_KEY sendgrid_key SLACK_SIGNING_SECRET SLACK_BOT_TOKEN
    SLACK_WEBHOOK_URL slackWebhookUrl DISCORD_TOKEN TELEGRAM_BOT_TOKEN OPENAI_API_KEY openaiApiKey ANTHROPIC_API_KEY
    HF_TOKEN HUGGINGFACE_TOKEN GH_TOKEN GITLAB_TOKEN NPM_TOKEN _authToken npm_auth_token PYPI_TOKEN DOCKER_PASSWORD
    DOCKERHUB_TOKEN docker_auth DD_API_KEY DD_APP_KEY DATADOG_API_KEY NEW_RELIC_LICENSE_KEY SENTRY_DSN
    SENTRY_AUTH_TOKEN SNYK_TOKEN CODECOV_TOKEN SONAR_TOKEN VAULT_TOKEN VAULT_SECRET_ID CONSUL_HTTP_TOKEN NOMAD_TOKEN
    CLOUDFLARE_API_TOKEN ALGOLIA_ADMIN_KEY algolia_admin_api_key MAPBOX_ACCESS_TOKEN google_maps_key
    googleMapsApiKey PAYPAL_CLIENT_SECRET paypal_secret PLAID_SECRET plaid_secret braintree_private_key
    SHOPIFY_API_SECRET webhook_secret webhookSecret signing_secret signingSecret webhook_signature client-key-data
    clientKeyData client_key serviceAccountToken service_account_token bootstrapToken bootstrap_token tls.key_pem
    tls_private_key ssl_key sslKey ssh_private_key sshPrivateKey SSH_KEY ssh_passphrase SSHPASS id_rsa_private_key
    private-key privatekey encryption_key encryptionKey ENCRYPTION_KEY data_encryption_key master_key masterKey
    signing_key signingKey hmac_key hmacKey aes_key shared_key sharedKey sharedSecret shared_secret pre_shared_key
    psk wifi_password wpa_psk keystore_password keystorePassword truststorePassword keyPassword key_password
    pfx_password gpg_passphrase gpg_private_key ANSIBLE_VAULT_PASSWORD vault_password TF_VAR_db_password
    grafana_admin_password kibana_password elastic_password snmp_community_password radius_secret license_key
    licenseKey deploy_key stream_key connectionString ConnectionString ConnectionStrings connection_string conn_str
    connStr dsn db_dsn jdbc.connection.password db.connection_string password2 pass_phrase user_password
    old_password oldPassword currentPassword current_password confirmPassword confirm_password passwordConfirm
    repeatPassword retype_password loginPassword login_password rootPassword root_password adminpassword dbpasswd
    dbpassword db_passwd hashed_password password_hash password_salt passwordSalt temp_password temporaryPassword
    defaultPassword plain_password plaintextPassword PlainTextPassword password_hint passwordHint passwordText
    password.value pswd userpass user_pass db_pass admin_pass basic_auth_password basicAuthPassword basic_auth
    http_auth apppassword app_password mypassword acmepassword grafanapassword passwort senha motdepasse
    mot_de_passe Secret SECRET client.secret appSecret creds db_credentials userCredentials credentials_json
    login_credentials APIKey APIkey API_KEY api-key apikey2 apiKeySecret api_secret apisecret accesstoken
    refreshtoken privatekeypem secretkey sessiontoken usertoken authkey user_pin pin_code pinCode PIN card_pin
    cardPin atm_pin pinNumber puk_code security_answer securityAnswer secret_question seed_phrase seedPhrase
    recovery_phrase mnemonic_phrase wallet_private_key signature x_signature request_signature hmac salt
    credit_card creditCardNumber creditcardnumber cardnumber card.number card[number] card_no cardNo ccNumber
    cc_number ccnum cc_num debit_card debitCardNumber payment_card_number CVV2 card_cvc cardCvv card_cvv cvv_code
    security_code_cvv card_security_code card_expiry cardExpiry card_exp_month cardExpMonth card_exp_year exp_month
    expYear credit_card_expiry credit_card_expiration_date expirationMonth cc_exp cardholder cardHolder
    cardHolderName card_holder_name nameOnCard card_pan primary_account_number primaryAccountNumber track_data
    card_track2_data IBAN user_iban ibanNumber bankAccount bank_account_number bankAccountNumber accountNumber
    acct_number acctNo account_no accountNo routing_number routingNumber aba_number sort_code sortCode bsb_number
    clabe account_holder account_holder_name accountHolderName bank_details iban_number SSN userSSN user_ssn userssn
    ssnNumber ssn_number ssn_last4 social_security socialSecurityNumber socialsecuritynumber SocialSecurityNo
    sin_number social_insurance_number nino national_insurance_number nationalInsuranceNumber tax_id taxID
    TaxIdentificationNumber tax_identification_number tin itin tax_number taxNumber vat_id vat_number vatNumber
    fiscal_code codice_fiscale passportNumber passport_no driver_license driverLicense driversLicenseNumber
    driver_licence_number driving_licence driving_license_number licenseNumber license_number license_plate
    licensePlate number_plate nationalId nationalIdNumber national_identity_number identity_card identityCardNumber
    id_card id_card_number id_number idNumber identity_number government_id governmentId voter_id voterId aadhaar
    aadhaar_number aadhar aadhaarNo pan_number panNumber pan_card cpf CPF customer_cpf cnpj curp dni nie nif cuit
    rut personnummer personal_number bsn pesel nric nhs_number nhsNumber medicare_number medicareNumber
    insurance_number residence_permit visa_number mrn medical_record_number medicalRecordNumber FirstName firstname
    FIRSTNAME last_name lastName lastname fullname middleName maiden_name maidenName mothers_maiden_name
    motherMaidenName Surname forename givenName given-name familyName real_name realName legal_name legalName
    preferred_name name.first name.last name[first] customer_name customerName patient_name patientName
    employee_name employeeName contact_name contactName recipient_name recipientName sender_name passenger_name
    guestName student_name billing_name shippingName beneficiary_name holder_name spouse_name emergency_contact_name
    emergencyContact user_full_name userFullName customer_first_name billing_first_name patient.name.given_name
    fname lname Email eMail emails EmailAddress emailaddress useremail customer.email customerEmail contact_email
    contactEmail work_email personalEmail billing_email backup_email recovery_email secondaryEmail alternate_email
    email_id mail_address mailAddress hashed_email email_hash email_sha256 to_email from_email reply_to_email
    author_email committer_email patient_email phonenumber PHONE_NUMBER phoneNo phone_no phone1 home_phone
    homePhone work_phone workPhone mobilePhone mobile_phone mobileNumber mobile_no mobileNo cell_phone
    cellPhone cell_number cellphone telephoneNumber telephone_number tel tel_no contact_number contactNumber
    contact_phone customer_phone customerPhone userPhone userphone fax_number faxNumber msisdn MSISDN
    whatsapp_number caller_number from_number emergency_phone landline phone_e164 telecom address1 address2
    addressLine1 addressLine2 home_address street streetaddress street_name billingAddress shipping_address
    mailing_address mailingAddress postal_address postalAddress delivery_address residential_address
    customer_address customerAddress user_address user.address work_address permanent_address postal_code postalCode
    zip_code zipCode zipcode postcode post_code billing_zip billingZip shipping_postal_code billing_city
    address_city house_number DOB userDOB user_dob date_of_birth dateofbirth DateOfBirth user_birthday birth_place
    place_of_birth placeOfBirth birth_year year_of_birth patient_dob Gender sex user_gender ethnicity religion
    nationality sexual_orientation political_affiliation marital_status maritalStatus blood_type bloodType
    blood_group diagnosis medical_history medicalHistory medical_record health_insurance_number healthInsuranceId
    biometric_data biometricTemplate fingerprint_template face_encoding voiceprint iris_scan disability genetic_data
    medications prescriptions user%5Bpassword%5D user%255Bpassword%255D %70assword driver's_license DBpassword
    APItoken userIDtoken SSNs userPINs OTPs APIKeys user_location home_latitude gps_coordinates user.location
    secretAnswer bankCard cardPAN panCard customer.ssn.value employee_ssn ssn_hash ssn_encrypted passportNum
    passport_num passportId driverLicenceNo dl_number licence_no drivingLicence idCardNo nationalInsuranceNo
    nino_number taxFileNumber tfn steuerId steuer_id cpf_number rg_number personal_id_number personalIdNumber
    ni_number insuranceNumber policyNumber memberPhone primaryPhone phoneHome phone_mobile workMobile mobile1
    user.mobile contact.mobile mobileNum phone_num telNo faxNo whatsappNumber callerNumber callerId sms_number
    smsNumber to_number home_tel work_tel email1 emailId email_addr emailAddr e_mail_address Email.Address
    user.emails.0.value primaryEmail login_email subscriber_email senderEmail recipientEmail notifyEmail
    supportEmail adminEmail ownerEmail email_to email_from apartment_number aptNumber addressLine address_line
    line1_address address_street address.zip addr_line1 homeAddr user_addr customer_addr shipping_addr shipAddress
    shipping_street billing_line1 billingAddressLine1 residence_address currentAddress permanentAddress
    previous_address business_address officeAddress birthCity cityOfBirth countryOfBirth birthCountry birthDt bday
    birthdayDate user_birthdate dobYear patientDOB patient.birthDate date_birth yearOfBirth given_names familyname
    FAMILY_NAME GivenName legalFirstName preferredFirstName firstNameKana lastname2 name_first nameLast surnames
    second_surname contactFullName ownerName accountHolder payeeName beneficiaryName cardholders
    driver_license_number patient_ssn doctor_name physicianName studentName kin_name next_of_kin
    emergencyContactPhone guardian_name author_name userRealName sexualOrientation ethnic_origin racialOrigin
    politicalViews religiousBeliefs tradeUnionMembership healthData health_record medicalCondition bloodGroup
    diagnosisCode icd_diagnosis allergies medication prescription hivStatus disabilityStatus salary baseSalary
    annualIncome genetic_info passKey pass_key pwdHash pwd_hash passwd_hash hashedPwd dbPwd rootPwd user_pw admin_pw
    pw_hash secretToken secret_token tokenSecret accessSecret access_secret api_pass api_password oauthSecret
    oauth_client_secret x-client-secret encryptionSecret hmacSecret hmac_secret jwtSigningKey jwt_private_key
    rsa_private_key ec_private_key signKey sign_key publicKeyPrivateKey keyfile_password p12_password pkcs12Password
    cert_password certificatePassword tlsKey keyPem sslKeyPassword vaultToken unseal_key rootToken root_token
    recovery_key recoveryKey backup_key sharedAccessKey primaryAccessKey storageAccountKey cosmos_key
    eventhub_connection_string serviceBusConnectionString redisPassword redis_auth mongo_password mqttPassword
    kafka_sasl_password sasl_password schemaRegistryPassword snmpCommunity radiusSecret wifiPassword wpaPassphrase
    ftp.password proxyPassword proxy_pass http_proxy_password gitToken git_password deployToken ci_job_token
    CI_JOB_TOKEN runner_token registrationToken webhookToken verifyToken verify_token page_access_token
    pageAccessToken longLivedToken shortLivedToken offline_token guest_token visitor_token anonymousToken cart_token
    checkout_token payment_token paymentToken card_token cardToken stripeToken source_token nonce_token
    captcha_token recaptcha_token recaptchaToken recaptcha_secret_key turnstile_secret sessionIdToken sess_token
    session_jwt ssoToken sso_token samlToken ticketGrantingTicket kerberos_password client_token instanceToken
    identityToken identity_token userIdToken impersonation_token elevation_token delegation_token confirmToken
    confirm_token email_token emailToken sms_token voice_token pairing_code pairingCode setupToken enrollment_token
    bindToken joinToken join_token kubeadm_token k3s_token cluster_token worker_token swarm_token
    """
)

HARMLESS: Final = split(
    """
    SEGMENT_BROKER_URL capital_gain rapid_fire apiary_id therapist_count
    gen_ai.usage.input_tokens gen_ai.usage.output_tokens gen_ai.usage.cache_read.input_tokens
    gen_ai.request.max_tokens gen_ai.token.type gen_ai.client.token.usage gen_ai.server.time_to_first_token
    gen_ai.server.time_per_output_token max_tokens maxTokens total_tokens token_count tokenCount tokenizer
    tokenized tokens_per_second pad_token_id token_bucket_size token_endpoint maxtoken session.id sessionId
    session.previous_id className class_name author authors authority secretary secretariat username userName
    user_name user.name passwordless_enabled passwordless password_policy_version passwordPolicyVersion
    password_changed_at has_password require_password_change password_length email_verified emailVerified
    email_count email_template email_enabled phone_verified credit_card_brand api_key_count secret_name
    cookie_consent cookie_name server.address client.address network.peer.address source.address ip_address
    addressable mac_address url.full url.query url.path http.route http.request.method http.response.status_code
    http.user_agent key keys primary_key foreign_key publicKey cacheKey keyboard monkey hotkey feature_flag.key
    compass bypass passed pass_count passage passenger pinned spinner opinion shipping mapping spine name hostname
    filename display_name product_name service.name db.name nickname cardinality discard dashboard card phonetic
    microphone email_campaign mailbox process.user.id process.real_user.id uid created_at duration_ms error.type
    message expires max_completion_tokens maxOutputTokens totalTokens prompt_tokens promptTokenCount
    completion_tokens cached_tokens reasoning_tokens input_token_count output_token_count candidatesTokenCount
    num_tokens tokens_used tokens_per_minute token_usage token_limit tokenLimit token_budget tokenizer_name
    tokenization token_ids eos_token bos_token stop_tokens token_position token_type tokenType token_bucket
    token_ring token_uri token_url token_expires_at tokenExpiry token_expiry token_ttl token_age token_valid
    token_status token_version token_issuer token_name token_id tokens_remaining next_page_token nextPageToken
    next_token nextToken NextToken page_token pageToken continuation_token continuationToken cursor pagination_token
    sync_token nextSyncToken resume_token cancellation_token cancellationToken CancellationToken syntax_token
    unexpected_token parser_token lexer_token idempotency_token expires_in expires_at token_symbol token_address
    token_decimals total_token_count audio_tokens image_tokens max_new_tokens prompt_tokens_details
    completion_tokens_details session_id SESSION_ID session_duration session_count session_start session_timeout
    authorities authored_date authorName_kind USERNAME preferred_username password_policy password_strength
    passwordStrength passwordLength password_min_length min_password_length passwordChangedAt password_last_changed
    password_expires_at password_expiry password_expired password_enabled password_required passwordRequired
    hasPassword requiresPassword password_reset_required password_reset_requested_at password_attempts
    password_failures failed_password_attempts password_manager password_count password_updated
    password_rotation_days password_file password_field password_complexity forgot_password show_password
    password_validation_error password_type password_visible passes passing passthrough passenger_count passive
    passion passport_enabled passport_expiry passport_country bypassed bypass_cache pass_rate pass_through test_pass
    first_pass pass_number boarding_pass render_pass encompass pinned_at is_pinned pinterest pinpoint pinion
    spinning pin_count pinCount pin_message gpio_pin pin_map pin_enabled pins mappings shipping_method shippingCost
    typing ping ping_ms pingback grouping stripping secretName secret_arn secretArn secret_version secret_id
    secret_type secret_manager secretsmanager secret_count secret_rotation_days secret_store secretKeyRef secretRef
    secret_ref imagePullSecrets secret_scanning secret_scanning_enabled secret_path external_secret_store_name
    has_secret aws.secretsmanager.secret.arn keyboardLayout keyword keywords keynote keyspace keyspaces keyframe
    key_count keyCount key_id keyId keyID kms_key_id kmsKeyId kms_key_arn key_name keyName key_type key_size
    key_length key_usage key_version key_path primaryKey foreignKey partition_key partitionKey sort_key sortKey
    row_key cache_key hash_key range_key public_key PUBLIC_KEY ssh_public_key sshPublicKey object_key s3_key s3.key
    aws.s3.key routing_key message_key messaging.kafka.message.key feature_flag_key i18n_key translation_key
    lookup_key index_key dedup_key group_key unique_key composite_key natural_key surrogate_key idempotency_key
    Idempotency-Key turkey donkey hotkeys hockey jockey turnkey whiskey key_value key_values keystroke keypress
    encryption_key_id api_key_id apiKeyId api_key_name apiKeyName api_key_created_at signing_key_id
    signing_algorithm encryption_algorithm encryption_enabled encryptionType key_algorithm keystore_type
    keystore_path private_key_path privateKeyPath private_key_id private_key_file license_type license license_count
    licenseType publishable_key site_key redis_key etcd_key sort_keys object_keys primary_key_columns json_key
    map_key dict_key hot_key key_prefix key_pattern authenticated authenticatedAt is_authenticated
    authentication_method authenticationMethod authentication_type auth_type authType auth_method authMethod
    auth_provider authProvider auth_mode auth_enabled auth_url auth_status auth_time auth_level auth_failures
    auth_latency_ms oauth_scope oauth_provider oauth_client_id authorized authorizer unauthorized is_authorized
    authorization_endpoint authorization_status authorization_type authorization_url authorization_mode
    authorization_policy authorizationEndpoint www_authenticate WWW-Authenticate cookieConsent cookieName
    cookie_domain cookie_path cookie_enabled cookies_enabled cookiesEnabled cookie_count cookie_policy
    cookie_max_age cookie_banner_shown accepts_cookies cookie_secure cookie_httponly cookie_samesite csrf_enabled
    csrf_protection_enabled csrf_header_name credentials_provider credential_type credentialType credentials_expired
    access-control-allow-credentials with_credentials withCredentials allow_credentials credentials_source
    credentials_file email_sent emailSent email_sent_at emails_sent emailCount email_verified_at email_template_id
    emailTemplateId email_subject email_status email_type email_notifications emailNotifications
    email_notifications_enabled email_opt_in email_opened email_clicked email_bounced email_delivered email_domain
    email_provider emailProvider email_campaign_id email_queue_size email_service email_service_status
    email_frequency email_preferences email_format email_client email_server email_host email_port email_backend
    has_email is_email_verified send_email sendEmail mailbox_count mailer mailing_list_id mail_queue mail_server
    mail_host email_error email_validation email_validation_error email_retry_count email_delivery_time_ms
    email_batch_size email_unsubscribed email_list_size email_open_rate phone_model phoneModel phoneVerified
    phone_type phoneType phone_brand phone_os phone_os_version phone_country_code phone_count phone_enabled
    has_phone is_phone_verified phone_carrier windows_phone iphone iPhone smartphone headphones microphone_enabled
    telephony_provider phone_verification_status phone_validation saxophone telemetry telemetry.sdk.name teletype
    hotel hotel_id otel otel_scope_name OTel oTel intel mobile_app_version browser.mobile is_mobile isMobile
    mobile_network mobile_country_code mobile_os mobile_carrier mobility automobile cell cell_count cell_id cellId
    telegram_chat_id television fax_enabled card_brand cardBrand card_type cardType card_network card_country
    card_last4 cardLast4 last4 card_funding card_id cardId card_count cards dashboard_card scorecard wildcard
    discarded discard_count cardiology credit credit_limit creditLimit credit_score credits credits_remaining
    debit_amount credit_card_type creditCardBrand card_expired card_present card_issuer payment_method
    payment_method_id payment_status cardboard flashcard sim_card_present graphics_card ssn_validated ssn_verified
    ssn_required has_ssn session issn mission_name assignment assessment lesson_id account account_id accountId
    account_type accountType account_name accountName account_status account_balance cloud.account.id aws_account_id
    accounts account_count bank_name bankName bank_country bic swift bic_code swift_code iban_valid iban_country
    iban_verified host_name hostName file_name fileName displayName service_name serviceName productName app_name
    database_name table_name column_name domain_name event_name metric_name function_name method_name package_name
    module_name namespace container_name pod_name node_name region_name project_name repo_name branch_name job_name
    queue_name topic_name index_name bucket_name role_name group_name team_name org_name company_name rule_name
    model_name field_name tag_name category_name plan_name feature_name variable_name step_name task_name
    workflow_name thread_name process_name nickName short_name code.function.name repository.full_name
    repo_full_name codename rename renamed_count naming tenant_name image_name screen_name brand_name
    network.local.address net.peer.address destination.address ipAddress IPAddress ip_v4_address ipv6_address
    client_ip clientIp remote_addr remoteAddress remote_address peer_address host_address server_address
    listen_address bind_address bindAddress local_address macAddress MACAddress memory_address memoryAddress
    base_address start_address contract_address wallet_address email_address_count address_space address_family
    address_count address_type address_id addressing addressed node_address broker_address gateway_address
    proxy_address upstream_address endpoint_address virtual_address address_pool address_book_id address_verified
    k8s.service.endpoint.address_type hw.network.physical_address broadcast_address loopback_address street_view
    streetlight mainstreet_view_count geo.postal_code geo.city geo.country.iso_code geo.location.lat
    geo.location.lon geo.region_name latitude longitude lat lon country country_code city state region timezone
    locale zip zip_file zipped zip_size gzip unzip zip_path birth_rate birthRate birthtime born_digital age max_age
    gender_ratio sexagesimal raced race_condition race_detected race_conditions_found trace traces race_id terrace
    embrace brace interface_name grace_period health health_check health_status healthcheck healthy unhealthy_count
    blood_pressure_unit biometric_enabled biometrics_enabled error.fingerprint error_fingerprint fingerprint
    ssh_fingerprint cert_fingerprint browser_fingerprint gen_ai.openai.response.system_fingerprint key_fingerprint
    diagnostics diagnostic_id error_diagnosis medical_enabled religion_count disabled disabled_at
    signature_algorithm signature_version signatureMethod signature_valid signature_verified function_signature
    method_signature type_signature virus_signature signed signed_in signed_at signin_count sign_in_count signal
    signal_name assigned_to design design_version significant signup_source digital_signature_enabled url.scheme
    user_agent.original exception.type exception.message code.line.number thread.id thread.name db.system
    db.statement db.operation messaging.system messaging.destination.name rpc.method faas.name k8s.pod.name
    container.id os.type process.pid process.owner host.id device.id device.model.name vcs.owner.name
    file.owner.name user.roles user.hash user_id_count enduser.role X-Request-Id X-Correlation-Id X-Forwarded-For
    X-Forwarded-Proto X-Real-IP X-RateLimit-Limit X-Amz-Cf-Id X-Cache Content-Type Content-Length User-Agent
    Accept-Language ETag If-None-Match Cache-Control Access-Control-Allow-Origin Sec-WebSocket-Key Sec-Fetch-Mode
    X-Powered-By X-Frame-Options otp_enabled otpEnabled otp_sent otp_sent_at otp_expires_at otp_attempts otp_release
    otp_version mfa_enabled mfaEnabled mfa_method two_factor_enabled totp_enabled laptop laptop_model desktop option
    options optional topology cvv_check_status cvc_check cpu cpf_valid cpf_verified dns_status tax tax_rate taxRate
    tax_amount tax_id_type taxonomy taxi_count taxes vat_rate vat_amount national_holiday nationalities_count
    passport_verified license_expired licensePlateRecognitionEnabled plate template plates_count promo_code
    promoCode coupon_code error_code errorCode status_code statusCode exit_code currency_code language_code
    zip_codes_count response_code code codec encoded encoding postal_code_format area_code qr_code barcode opcode
    unicode timecode start_timecode return_code contact contact_id contactId contacts contact_count contact_type
    contact_preference recipient_count sender_id owner_id owner creator_id customer_id customerId customer_count
    customer_type customer_segment patient_id patient_count employee_id employee_count user user_count users
    user_type client_id clientId client_name client_version member_count guest_count driver driver_name
    driver_version jdbc_driver jwt_expires_at jwt_algorithm jwks_uri jwt_issuer jwks bearer_format dsn_configured
    conn conn_count connection_count connection_pool_size connection_id connection_string_valid url uri base_url
    callback_url redirect_uri webhook_url webhook_id avatar_url image_url document_url download_url request_url
    url_length salary_band salary_range salted salt_length number_of_accounts phone_numbers_count
    account_number_valid passwordFieldVisible passwordInputType password_hash_algorithm passwordHashAlgorithm
    password_iterations password_hashing_ms login_password_failures tokenBudget tokenCost token_price cost_per_token
    costPerToken price_per_1k_tokens tokensIn tokensOut tokens_in tokens_out tokens_total tokens_saved
    llm.token_count.prompt llm.token_count.completion llm.usage.total_tokens usage.totalTokens ai.usage.promptTokens
    ai.usage.completionTokens token_overflow context_window_tokens chunk_tokens overlap_tokens token_stream
    token_kind tokenIndex tokenPos tokenStart tokenEnd last_token first_token_latency firstTokenMs first_token_ms
    ttft_ms inter_token_latency time_between_tokens tokens_generated generated_tokens speculative_tokens
    accepted_tokens rejected_tokens draft_tokens kv_cache_tokens nft_token_id erc20_token_symbol secretariat_id
    secretion secrets_count secrets_found secrets_scanned secret_rotation_enabled secret_age_days secret_provider
    secret_namespace secret_backend kubernetes.secret.name k8s_secret_name secret_mounts secret_volume
    secretProviderClass authorization_latency_ms auth.success auth_success auth_result auth_source auth_server
    authServer auth_scheme authScheme auth_flow auth_domain authn_method authz_decision authz_policy oauth_error
    oauth_state oauth_flow oauth2_provider oidc_issuer saml_issuer sso_enabled apiKeyPrefix api_key_last4
    api_key_status api_key_scopes api_key_owner api_key_expires_at apikey_count api_key_valid api_key_type
    apiKeyEnabled api_key_source keyRotationEnabled key_rotation_days key_ops key_ring kms_key_alias kms_key_state
    host_key_algorithm key_exchange_algorithm encryption_key_version encryption_key_type encryption_key_rotated_at
    access_key_age_days access_key_last_used_date access_key_count ssh_key_count ssh_key_type ssh_key_fingerprint
    ssh_key_name keyPairName key_pair_name session_key_count license_key_count license_key_valid private_key_type
    private_key_size public_key_hash sort_key_name emailDomain emailHostName email_hash_algorithm email_valid
    email_is_valid is_email_valid email_confirmed email_marketing_consent emailConsent email_consent email_language
    email_thread_id email_message_id emailMessageId email_folder email_attachment_count email_attachments_size
    email_body_size email_delivery_status email_bounce_reason email_event_type email_job_id email_worker_count
    email_cron email_alert_count emailAlertsEnabled email_digest_frequency email_recipients_count
    email_recipient_count emails_processed total_emails num_emails email_rate_limit emailQueueDepth email_smtp_port
    email_tls email_verification_sent email_verification_status phone_number_count phone_number_type
    phone_number_valid phoneNumberVerified phone_number_country phone_call_duration phone_calls_count
    phone_support_enabled phone_screen_size phone_battery_level phone_app_version phone_lookup_status mobileApp
    mobile_platform mobile_device_id mobileDevice mobile_web mobile_carrier_name mobile_data_usage sms_count
    sms_sent sms_status sms_provider sms_delivery_rate sms_enabled contact_form_id contact_form_submitted
    contact_page contact_us_clicked contact_method addressType addressCount address_score address_match
    address_lookup_ms address_validation_status addressValidated address_autocomplete_ms shipping_address_id
    billing_address_id shipping_address_count shippingAddressId default_address_id delivery_address_type ipaddr
    ip_addr server_addr listen_addr bind_addr client_addr peer.addr grpc.peer.address http.client_address
    net.host.ip socket_address rpc_address advertise_address kafka.broker.address etcd_address node.address
    pod_address cluster_address tcp_address unix_address smart_contract_address erc20_address eth_address
    btc_address email_address_valid instruction_address fault_address stack_address heap_address symbol_address
    virtualAddress physical_memory_address card_bin card_bin_country card_scheme card_product card_level
    card_country_code cardIssuer card_issuer_country card_wallet card_3ds_enabled card_check_result card_verified
    card_declined card_decline_code card_reader_id card_title card_layout card_view card_click card_position
    card_index credit_card_count credit_card_enabled credit_card_fee creditCardNetwork credit_cards_accepted
    credit_amount credit_balance credit_note_id creditNote debit_note sim_card_slot report_card test_card_mode
    gift_card_balance gift_card_count cvv_match cvv_result cvv_provided account_tier account_age_days
    account_created_at account_locked account_region account_manager_id account_state bank_transfer_status
    bank_transfer_count bank_id bank_code bank_account_type bank_account_count bank_account_verified
    bank_account_status iban_country_code iban_check_ms routing_table routing_rule routing_policy routing_mode
    sort_order sort_by sort_direction swift_message_type passport_type passport_country_code passport_scan_status
    passport_expired license_model license_status license_tier license_seats license_expires_at license_url
    license_name license_server driver_license_verified driver_license_state_verified national_id_verified
    tax_id_verified tax_id_status taxCode tax_code tax_region tax_exempt tax_category tax_year tax_jurisdiction
    vat_code vat_included vat_exempt ssn_provided ssn_match_score name_length first_name_length full_name_length
    name_count nameserver name_server names nameSpace first_name_present last_name_provided age_group
    gender_bias_score gender_detected race_detector race_winner race_lap race_time race_mode race_start
    sexting_filter health_endpoint health_score health_status_code health_probe medical_specialty_id
    blood_glucose_unit religion_enabled birth_certificate_verified birth_month_count session_cookie_name
    session_cookie_secure session_cookie_age session_token_ttl session_token_expires_at cookie_size
    cookie_header_size cookies_count cookie_category cookie_jar_size cookie_preferences_saved csrf_token_valid
    csrf_token_missing csrf_failure_count jwt_valid jwt_kid jwt_expiry jwt_ttl jwt_error jwt_leeway_seconds
    bearer_only bearer_auth_enabled refresh_token_expires_in refresh_token_ttl refreshTokenExpiresIn
    access_token_lifetime accessTokenTtl access_token_expired access_token_type id_token_signed_response_alg
    id_token_signing_alg_values_supported token_endpoint_auth_methods_supported token_introspection_endpoint
    token_revocation_endpoint token_refresh_count token_refresh_ms token_cache_hit token_cache_size
    token_validation_ms token_exchange_enabled otp_length otp_channel otp_expiry otp_valid otp_attempts_left
    otp_delivery otp_provider mfa_type mfa_required mfa_provider mfa_status mfa_verified mfa_device_count
    two_factor_method pin_attempts pin_length pin_required pin_verified pin_set pin_retry_count pin_code_length
    pinned_version pin_version pinBoard pincushion pin_position pinned_tabs signature_type signature_count
    signature_status signature_check_ms signature_length signature_present signature_required signature_key_id
    signature_field api_signature_valid signing_time signing_method signing_region signed_headers signed_url_ttl
    signed_url_expiry signed_url_count presigned_url_ttl credentials_count credential_provider_name
    credentials_valid credential_rotation_enabled credential_source_type credential_expiry credentials_cache_hit
    dsn_type dsn_valid connection_string_type connection_string_source database_url_scheme db_url_host
    database_urls_count redis_url_valid hash hashes hash_count hash_algorithm commit_hash content_hash file_hash
    sha256 md5 checksum etag digest image_digest salted_count salt_rounds bcrypt_rounds location location_id
    location_count location_type location_permission user_location_enabled location_services_enabled store_location
    warehouse_location geo_hash geo_region lat_long_valid gps_enabled gps_accuracy monitor_id monitoring month
    months monthly money monetary monolith apikeyless_mode tokenless keyless keyless_signing passwordlessLogin
    password_less_login cookieless cookieless_mode emailless mailchimp_list_id mail_type mail_count mail_provider
    mailgun_domain mailing_enabled snail_mail_enabled voicemail_count voicemail_enabled
    """
)
