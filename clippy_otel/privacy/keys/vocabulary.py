"""The words of sensitive keys: terms, phrases of several words, and words that need an owner.

A line reads like keys do: `api_key` is the two words "api key", however they are written (apiKey, API-KEY, apikey).
Only whole words count ("secret" is not in "secretary"); plurals are told from their singular. A head is a harmless word
that its owner makes a sensitive one: a key is none, and an API key is one.

Each group has the kind of its terms, which says what excuses them (see `excuses`): a password looks like anything and
is found by its key or not at all, so few words excuse it, where an e-mail address is mostly found by itself.
"""

from __future__ import annotations

from typing import Final


def words(text: str) -> frozenset[str]:
    """Return the words of a text that separates them by white space."""
    return frozenset(text.split())


SECRETS: Final = words(
    """
    password passwd passwrd pwd pw pswd psw psswd pass_word pass_key pass_phrase pass_wd sshpass passwort kennwort
    contrasena senha motdepasse mot_de_passe wachtwoord losenord haslo heslo salasana passord jelszo secret
    credential cred creds auth_header auth_config auth_string auth_data auths auth_info authentication_string
    authentication_data authentication_header authorization authorisation cookie cookiejar dpop d_po_p tokens_access
    tokens_refresh otp_attempt_code passkey phpsessid jsessionid sessid connect_sid laravel_session csrf xsrf jwt
    bearer totp hotp otp psk vault_secret_id access_key_id kek dek pem_data connection_string conn_string conn_str
    connection_str connection_uri connection_url dsn one_time_code supabase_service_key webhook_secret_url
    magic_link magic_url reset_link presigned_url signed_url sas_url sas_uri presigned_uri signed_uri seed_phrase
    recovery_phrase mnemonic_phrase backup_phrase wallet_mnemonic wallet_seed security_answer security_question
    secret_question memorable_word code_verifier oauth_verifier client_assertion saml_assertion saml_response
    jwt_assertion basic_auth http_auth proxy_auth registry_auth docker_auth rediscli_auth redis_auth amazon_auth
    sasl_jaas jaas_config snmp_community kerberos_ticket granting_ticket hmac puk cvv cvc cvn csc cav
    docker_auth_config docker_config_json kubeconfig_data gcloud_service_key celery_broker_url
    encryption_customer_key sse_customer_key auth_ticket sso_ticket service_ticket security_stamp pkce_verifier
    authenticator_app_code user_code otpauth_url otpauth_uri totp_url totp_uri provisioning_uri login_link
    signin_link sign_in_link reset_password_link password_reset_link reset_password_url password_reset_url reset_url
    verification_link activation_link confirmation_link invite_link invitation_link mnemonic seed_word recovery_word
    xprv master_seed hd_seed nkey_seed id_rsa id_ed id_ecdsa id_dsa ssh_identity kubeconfig kube_config
    service_account_json service_account_info data_key_plaintext private_exponent devise_pepper hash_pepper
    auth_pepper key_content host_key_private keystore_base pfx_base sasl_jaas_config requirepass require_pass
    masterauth master_auth community_string conn_url conn_uri azure_web_jobs_storage npm_config_auth neo_j_auth
    sonar_login cloudinary_url airbrake_project_key relic_user_key pushover_user_key insights_insert_key
    instana_agent_key appoptics_service_key solarwinds_service_key worldpay_service_key ping_key cypress_record_key
    agora_app_certificate deploy_hook deploy_hook_url build_hook build_hook_url bw_session fastlane_session csc_link
    unity_serial unity_license rclone_config_pass do_spaces_key pin_block unlock_pattern private_jwk signing_seed
    signing_keystore android_keystore release_keystore upload_keystore netrc npmrc pypirc dockercfg access_sign
    api_sign transmission_sig client_principal oidc_data jenkins_crumb pswrd psswrd paswd pass_hash pass_enc
    oauth_code keytab zigbee_network_key bluetooth_link_key cryptogram pin_offset pin_validation auth_parameter
    auth_param security_phrase rsa_private ec_private recovery_seed
    """
)

# Keys with a name of their own, which are sensitive without an owner too.
OWNED_KEYS: Final = words(
    """
    secret_key secret_access_key plaintext_data_key sops_age_key key_pem pem_key key_material key_block
    """
)

# Harmless without an owner in front of them.
KEY_OWNERS: Final = words(
    """
    api app application private priv secret signing sign signature encryption encrypt encrypting decryption decrypt
    cipher symmetric asymmetric master ssh access account storage shared auth authentication authorization session
    license licence consumer subscription tls ssl rsa dsa ec ecc ecdsa ed aes des hmac gpg pgp jwt jws jwe webhook
    deploy deployment write ingest ingestion instrumentation integration admin root dkim wrapping unwrap unseal
    recovery backup activation wallet hashing hash vault transit bot developer dev functions client server stream
    encrypted role merchant partner integrator rest preshared psk wpa wep wifi wireguard totp otp otpauth mfa sas
    stripe paypal braintree adyen razorpay paystack sendgrid mailgun mailchimp postmark sparkpost mailjet brevo
    twilio vonage nexmo plivo messagebird slack discord telegram github gitlab bitbucket openai anthropic cohere
    mistral huggingface groq gemini google gcp cosmos cosmosdb firebase fcm apns aws azure cloudflare digitalocean
    linode heroku vercel netlify fastly datadog newrelic relic sentry honeycomb grafana splunk rollbar bugsnag
    pagerduty opsgenie algolia mapbox maps openweather openweathermap amplitude mixpanel posthog intercom zendesk
    hubspot salesforce shopify plaid okta onelogin linear notion airtable asana trello jira pinecone weaviate
    supabase planetscale snowflake databricks replicate together deepl tmdb giphy etherscan infura alchemy binance
    coinbase kraken square squareup mollie klarna launchdarkly sumologic loggly papertrail logz coralogix sdk sa
    plaintext keystore ca fernet crypt scout pusher ably klaviyo sendinblue mailersend resend kaggle wandb langsmith
    langfuse perplexity voyage deepgram elevenlabs assemblyai serpapi tavily firecrawl qdrant opencage locationiq
    tomtom mapquest ipstack ipinfo ipdata alphavantage finnhub coingecko coinmarketcap moralis quicknode bunny nuget
    backblaze meilisearch typesense uploadcare contentful onesignal braze newsapi tiingo quandl maxmind unsplash
    pexels runpod cerebras openrouter deepseek nvidia xai pairing provisioning join enrollment enrolment
    registration rtmp cert certificate serial cd sftp wlan ticket saml sp radius tacacs bgp vpn openvpn ovpn mac
    sess vendor disk luks bitlocker
    """
)

PASS_OWNERS: Final = words(
    """
    db database mysql mariadb postgres postgresql pg psql redis mongo mongodb rabbitmq rabbit amqp mqtt kafka sql
    mssql oracle smtp imap pop mail mailer email ftp sftp ftps ssh http https auth basic user usr admin root login
    signin logon proxy keystore truststore key cert pfx jks ldap bind vpn wifi wpa app api svc service account acct
    encrypted hashed default old new current confirm repeat retype my temp temporary initial web portal router ipmi
    bmc snmp jenkins grafana nexus artifactory docker registry git svn sudo su unix pppoe sip zip archive pdf client
    server cluster jdbc couchdb influx influxdb elastic es kibana neo clickhouse superuser owner sa customer
    employee bitcoin rpc rpcuser ansible become vault mq broker form payload body
    """
)

CODE_OWNERS: Final = words(
    """
    otp mfa totp fa tfa factor pin auth authorization authorisation authentication verification verify confirmation
    security sms access reset activation backup recovery login signin signup unlock puk onetime device passwordless
    pairing enrollment cvv cvc csc cvn secret pass scratch entry door alarm safe lock gate vault authenticator
    emergency
    """
)

# Their plural means a credential only with one of these: "tokens" alone are those of a language model.
TOKENS_OWNERS: Final = words(
    """
    access refresh auth api id bearer session device push csrf xsrf oauth reset security jwt fcm apns personal
    deploy bot login registration verification confirmation invite invitation activation remember service user
    account app secret private
    """
)

PAT_OWNERS: Final = words(
    """
    github gh gitlab gl git azure ado devops ext bitbucket airtable databricks ci repo bot cr notion figma release
    system snowflake actions user workflow org asana ory coder postman supabase personal deploy ghcr atlassian jira
    confluence terraform
    """
)

AUTH_OWNERS: Final = words(
    """
    account npm yarn composer artifactory jfrog nexus elasticsearch elastic es kibana grafana prometheus loki hubot
    redis rediscli registry docker proxy http basic git svn pip pypi twilio jenkins sonar quay ghcr ecr ngrok
    couchdb ldap smtp imap ftp amqp rabbitmq nats pulsar
    """
)

# Not those of a processor, nor of a map.
PIN_OWNERS: Final = words(
    "user card app application atm sim login account security transaction unlock parental voicemail wallet banking"
)
SIG_OWNERS: Final = words("user request webhook api hmac auth token payload url")
DATABASES: Final = words(
    """
    database db postgres postgresql pg mysql mariadb mongo mongodb redis rediss rediscloud redistogo amqp amqps
    rabbitmq cloudamqp sqlalchemy clickhouse cassandra couchdb cockroach cockroachdb timescale cleardb jawsdb
    mongolab mongohq mssql sqlserver memcache memcached timescaledb libsql turso neon influxdb smtp mailer ftp sftp
    """
)

# Whose webhooks have the secret in their address.
WEBHOOKS: Final = words(
    """
    slack discord teams msteams office mattermost rocketchat chat dingtalk feishu lark wecom zapier ifttt
    """
)

# Words that most keys use for something else: only at the end of a key, or with one of these behind them.
SHORT: Final = words("pin mobile tel salt pepper mail income")

SHORT_FOLLOWERS: Final = words(
    """
    number numbers no num code codes hash value confirmation confirm new old current encrypted plain text primary
    work
    """
)

# And those that are sensitive only as the whole key.
WHOLE: Final = words("rtn inn afm compensation whatsapp icd skype veteran")

# Found in a word without separators whatever is around them ("grafanapassword") ...
ANYWHERE: Final = words(
    """
    password passwd passphrase passcode apikey secretkey privatekey accesskey accesstoken refreshtoken authtoken
    creditcard cardnumber phonenumber emailaddress firstname lastname fullname birthdate dateofbirth socialsecurity
    connectionstring credential authorization contrasena passwort
    """
)

# ... and these with known words behind them, or none: "secretary" is no secret.
BEGUN_BY_ANYTHING: Final = words(
    """
    token secret email cookie pwd surname jwt telephone birthday nationality ethnicity zipcode dob cvv taxid
    nationalid api
    """
)

# Only words of their own, without a plural, for too many words have these letters: "her" and "ein" are in "herein".
ALONE: Final = words(
    """
    atin cav cnp csc cvn dek dni egn ein kek mrn nie nif oib psk puk rut sex tel tin nin cnic ppsn pnr ktn mrz cbu
    blz ifsc micr nik ktp npwp cccd cmnd tckn bvn nip amka embg niss cnh ruc imsi iccid supi suci gpsi idfa gaid pvv
    cavv ccv cvd dpan fpan xprv aba
    """
)

# The only words of two letters that are told within another.
SHORT_PARTS: Final = words("at cc db dl fa hr id ip is my no of on pg pw to dt nm")

# Ordinary words, known so that a term is found between them in a word without separators.
ORDINARY: Final = words(
    """
    value values raw plain text prod production dev development staging stage sandbox live legacy primary secondary
    main profile order orders form data header headers field input output param row record item object entity body
    payload query request response session entry info list array json xml my our your his her their old new current
    previous original alt alternate alternative backup another extra spare company business corporate personal
    private public super power read write only full site page portal website shop store cart checkout payment
    invoice ticket lead signup login logout register cms crm erp hr payroll bank loan mortgage insurance medical
    clinic hospital school subscriber reseller vendor supplier creator editor viewer manager agent operator driver
    rider host guest family validation verification creation expiration confirmation authentication activation
    registration notification verified validated created updated changed expired deleted enabled disabled hashed
    encrypted required optional encoded masked salted stored saved given one two three first second third i ii to
    from for at on by and or with the
    """
)

# Words of other scripts, as they are written; anywhere in a key, for some of these scripts separate no words.
FOREIGN: Final = words(
    """
    密码 密碼 口令 暗証番号 パスワード 비밀번호 пароль парол كلمةالسر كلمة_المرور סיסמה κωδικός รหัสผ่าน 电话
    電話番号 手机号 手機 전화번호 телефон 邮箱 郵箱 メールアドレス 이메일 身份证 身分證 주민등록번호 паспорт
    姓名 氏名 出生日期 生年月日 생년월일 地址 住所 주소 信用卡 银行卡
    """
)
