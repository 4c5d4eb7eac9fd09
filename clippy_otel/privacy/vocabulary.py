"""The words of sensitive keys, and the words beside them that make a key a harmless one.

A term is written without separators, in lower case: "apikey" stands for apiKey, api_key, API-KEY and apikey alike.
Only whole words count ("secret" is not in "secretary"), save for COMPOUNDS, which are also found at the beginning or
end of a word that is written without separators ("dbpassword").

Two kinds of terms: what a SECRET term names cannot be recognised by its value (a password looks like anything), so few
words excuse it. What a CONTACT term names is mostly found in the value too, so a fact about it ("email_template") is
kept.
"""

from __future__ import annotations

from typing import Final


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


SECRETS: Final = _words(
    """
    password passwords passwd passwds passphrase passphrases passcode passcodes pwd pwds pw
    userpass dbpass databasepass smtppass mysqlpass redispass adminpass rootpass loginpass authpass proxypass sshpass
    secret secrets clientsecret appsecret sharedsecret webhooksecret
    credential credentials cred creds
    token accesstoken accesstokens refreshtoken refreshtokens idtoken idtokens authtoken authtokens bearertoken
    bearertokens passkey passkeys seedphrase recoveryphrase
    sessiontoken sessiontokens securitytoken csrftoken xsrftoken apitoken apitokens jwt jwts bearer csrf xsrf
    apikey apikeys appkey secretkey secretkeys privatekey privatekeys accesskey accesskeys accountkey storagekey
    sharedkey authkey encryptionkey signingkey masterkey sshkey sessionkey licensekey licencekey
    authorization authorisation cookie cookies setcookie phpsessid jsessionid
    connectionstring connectionstrings connstring connstr
    otp otps totp onetimecode mfacode twofactorcode verificationcode securitycode recoverycode recoverycodes backupcodes
    pin pins pincode cvv cvc
    """
)

CONTACTS: Final = _words(
    """
    email emails emailaddress emailaddresses mailaddress mailaddresses
    phone phones phonenumber phonenumbers telephone telephones telephonenumber mobilenumber mobilephone cellphone
    cellnumber contactnumber msisdn fax faxnumber
    ssn ssns socialsecurity socialsecuritynumber
    creditcard creditcards creditcardnumber
    debitcard debitcards paymentcard cardnumber cardnumbers cardno ccnumber ccnum
    cardholder cardholdername nameoncard
    iban ibans bankaccount bankaccountnumber accountnumber routingnumber sortcode
    passport passports passportnumber passportno driverlicense driverlicence driverslicense driverslicence
    drivinglicense drivinglicence licensenumber licencenumber nationalid nationalidnumber nationalinsurance
    nationalinsurancenumber taxid taxids taxpayerid
    dob birthdate birthday birthdays dateofbirth
    fullname firstname firstnames
    lastname lastnames middlename givenname familyname maidenname surname surnames forename
    realname legalname personname patientname customername contactname
    streetaddress street streetname homeaddress billingaddress shippingaddress postaladdress mailingaddress
    deliveryaddress residentialaddress personaladdress customeraddress useraddress addressline
    """
)

# Found in a word without separators: at its end ("dbpassword") ...
COMPOUND_ENDS: Final = (
    "password",
    "passwords",
    "passwd",
    "passphrase",
    "apikey",
    "secretkey",
    "privatekey",
    "token",
    "secret",
    "credential",
    "credentials",
    "email",
    "emailaddress",
    "phonenumber",
    "creditcard",
    "cardnumber",
)
# ... or at its beginning ("passwordhash"); "passwordless" is about not having one.
COMPOUND_BEGINNINGS: Final = ("password", "passwd", "passphrase", "apikey", "privatekey", "emailaddress", "creditcard")

# A key that ends in one of these, or has it right after the term, tells a fact about the thing and not the thing.
FACTS: Final = _words(
    """
    count counts counter total length len size bytes type types kind format limit limits max min budget usage used
    policy policies version enabled disabled required optional valid invalid validity validated verified verification
    expired expires expiry expiration expire ttl age strength status state changed created updated rotated issued
    rotation attempts retries failures errors error rate ratio cost level score present exists missing endpoint
    algorithm alg issuer provider scope scopes audience method name names arn consent banner less
    """
)
# These only at a key's end: "password_changed_at" is a fact, "password_at_login" need not be.
LAST_FACTS: Final = _words("at time times timestamp date duration ms seconds days per second")
# And these only beside what is found by its value too.
CONTACT_FACTS: Final = _words(
    """
    sent template subject service server client host port queue campaign domain notification notifications
    preference preferences frequency opt subscribed unsubscribed bounce bounced delivery delivered opened clicked
    model brand network issuer country region channel
    """
)
# In front of a term: a question about it, or a number of it.
QUESTIONS: Final = _words(
    """
    has is needs need require requires required allow allows show hide use uses can should supports enable disable no
    max min num total avg mean
    """
)

# What stands beside "token" in the world of language models, and names no secret.
MODEL_TOKENS_BEFORE: Final = _words(
    "first last input output prompt completion reasoning cached per max min stop eos bos pad unk special mask sep cls"
)
MODEL_TOKENS_AFTER: Final = _words("id ids bucket uri url window text position index probability logprob logprobs")
