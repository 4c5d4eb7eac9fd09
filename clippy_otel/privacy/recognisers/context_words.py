"""The words beside which a bare number is personal data, in the main languages of the web, and what may stand between.

Each keyword is one word in small letters, or a run of characters of a script that puts no spaces between words.
"""

# ruff: noqa: RUF001 - words of many scripts

from __future__ import annotations

from typing import Final

# Kinds of numbers, whose forms clippy_otel/privacy/recognisers/contexts.py knows.
ACCOUNT: Final = "account"
BIRTH: Final = "birth"
CARD: Final = "card"
IDENTITY: Final = "identity"
PHONE: Final = "phone"
ROUTING: Final = "routing"
SORT_CODE: Final = "sort code"
SSN: Final = "ssn"

# Keywords that are enough by themselves.
_PLAIN: Final = {
    PHONE: (
        "phone phones telephone telephones tel tels phonenumber telephonenumber mobile mob mobilephone "
        "cellphone msisdn whatsapp fax landline hotline helpline caller callback viber telefon telefonnummer "
        "telefonnr rufnummer handynummer mobilnummer mobiltelefon mobilfunknummer mobilfunk festnetz telefax "
        "téléphone téléphones tél télécopie gsm teléfono telefono teléfonos telefonos móvil movil celular cel "
        "tlf tfno telefone telemóvel telemovel fone cellulare cellulari telefoon telefoonnummer mobiel "
        "telefoonnr puhelin matkapuhelin puhelinnumero puh kännykkä mobil mobilnr tlfnr telefonu telefony "
        "telefonní telefónne telefonszám telefonul komórka τηλέφωνο τηλ κινητό телефон телефона телефону тел "
        "моб мобильный мобільний сотовый هاتف الهاتف جوال الجوال موبايل תלפון טלפון נייד cep telepon telp "
        "ponsel điện sđt beeper pager numberphone fono teléf telef tfn móviles handphone appeler appelez "
        "appelé appelle rappeler rappelez joindre joignable llamada llame llamar llámame llámenos llamó chame "
        "chamada ligação ligue chiama chiamata chiamami chiamare chiamate anruf anrufe anrufen angerufen "
        "anrufer rufe ruft erreichen erreichbar rückruf gebeld oproep oproepen bereikbaar ringde samtale "
        "anrop opkald opringning oppringning soita soitti puhelu volejte volat volal zavolejte zadzwoń "
        "dzwonić dzwoni звоните позвоните звонок звонил звонила дзвоніть дзвінок arayın arama hívjon hívás "
        "sunați hubungi panggilan اتصل מתקשר καλέστε κλήση"
    ),
    SSN: "ssn ssns socialsecurity itin",
    CARD: (
        "cc card creditcard debitcard cardnumber visa mastercard amex maestro kreditkarte kreditkartennummer "
        "kartennummer tarjeta cartão cartao kortnummer карта карты"
    ),
    ACCOUNT: "acct bankaccount accountnumber kontonummer kontonr bankkonto rekeningnummer bankrekening clabe bsb iban",
    ROUTING: "routing aba",
    IDENTITY: (
        "passport passeport reisepass reisepassnummer passnummer pasaporte passaporto passaporte paspoort "
        "paszport паспорт паспорта pasaport διαβατήριο führerschein führerscheinnummer rijbewijs uidai aadhaar aadhar "
        "adhaar cpf cnpj nino curp cedula cédula personalausweis personalausweisnummer ausweisnummer steuernummer "
        "steuerid sozialversicherungsnummer steueridentifikationsnummer insee codice pesel personnummer "
        "fødselsnummer fodselsnummer cprnummer henkilötunnus hetu burgerservicenummer rijksregisternummer jmbg "
        "rodné снилс инн nric mykad ppsn kimlik"
    ),
    BIRTH: (
        "dob birth birthday birthdate born geburtsdatum geburtstag geboren né née naissance nacimiento nacido "
        "nacida nascimento nascido nascida nascita nato nata geboortedatum fødselsdato fødselsdag födelsedatum "
        "född syntymäaika urodzenia urodzony urodzona narození narodenia születési рождения родился родилась "
        "doğum lahir"
    ),
}
# Keywords behind which a word for "number" has to stand: "account number", "National Insurance no."
_NUMBERED: Final = {
    SSN: "social soc",
    ACCOUNT: "account bank banking checking savings konto compte cuenta conta conto rekening счёт счет",
    SORT_CODE: "sort",
    IDENTITY: (
        "documento dokument steuer ausweis pass ni national identity identification tax taxpayer insurance "
        "medicare permis licencia patente carte carta identidad identidade identité identità sécurité fiscale "
        "fiscal contribuyente"
    ),
}
# Keywords that mean something else where they are not written as abbreviations.
_SHORT: Final = {
    SSN: "ss",
    CARD: "pan",
    ACCOUNT: "rib",
    IDENTITY: (
        "bsn cf cnp cpr dl dni egn ein fin fnr inn nhs nie nif nik nip nir nit oib pps rut sin taj tckn tfn tin vat"
    ),
}
# Keywords that are words of everyday, behind which only what is written as a number of telephone is one.
_LOOSE: Final = (
    "my call calls calling called dial dialled dialed dialing reach reachable ring rang text texted texting "
    "sms contact handy cell portable meu mi mein meine mijn mio мой fixe recapito contato contatto ph hp kom "
    "voicemail rief riefen gesprek gesprekken rappel appel appels llama ligar ligou contattare ruf rufen bel "
    "bellen belt ringa ringer ringte samtal kontakt kontakta hovor połączenie вызов ara apel gọi gọi"
)

_UNSPACED: Final = {
    PHONE: (
        "电话 電話 手机 手機 座机 联系方式 聯絡電話 连络 携帯 連絡先 ファックス "
        "拨打 撥打 致电 致電 来电 來電 传真 전화 휴대폰 핸드폰 연락처 휴대전화 โทร เบอร์ มือถือ "
        "फोन फ़ोन मोबाइल ফোন மொபைல் தொலைபேசி ఫోన్"
    ),
    IDENTITY: "身份证 身分證 护照 護照 旅券 パスポート マイナンバー 免許証 驾驶证 여권 주민등록 주민번호 운전면허",
    CARD: "信用卡 银行卡 銀行卡 クレジットカード カード番号 신용카드 카드번호",
    ACCOUNT: "口座番号 账号 帳號 银行账户 계좌 계좌번호",
    BIRTH: "出生 生日 生年月日 誕生日 생년월일 생일",
}

# Keywords behind which a word for "licence" has to stand.
_DRIVING: Final = "driver drivers driving"

DIRECT, NUMBERED, ABBREVIATED, DRIVING, LOOSE = "direct", "numbered", "abbreviated", "driving", "loose"


def _by_word() -> dict[str, tuple[str, str]]:
    table = dict.fromkeys(_LOOSE.split(), (PHONE, LOOSE))
    table.update(dict.fromkeys(_DRIVING.split(), (IDENTITY, DRIVING)))
    for way, words_of in ((DIRECT, _PLAIN), (NUMBERED, _NUMBERED), (ABBREVIATED, _SHORT)):
        table.update({word: (kind, way) for kind, words in words_of.items() for word in words.split()})
    return table


KEYWORDS: Final = _by_word()  # the kind of what a keyword announces, and how
UNSPACED: Final = {word: kind for kind, words in _UNSPACED.items() for word in words.split()}

# Words for "number"; of an identity document also "id" and what documents are called.
_NUMBER: Final = (
    "numbers number no nos nr nrs nro num nº n nummer numero número numéro núm numer číslo номеру номера numeroon "
    "numeru номер numarası acct account konto security sec رقم الرقم מספר številka skaičius bancaire bancaria "
    "bancária corrente corriente code"
)
_DOCUMENT: Final = (
    "id ids card licence license insurance conduire conducir identité identidad identità identidade sociale social "
    "seguridad szám fiscale fiscal"
)
# What else may stand between a keyword and its number.
_FILLERS: Final = (
    "is was are at on to s me us him her them back as via or and by the a an my our your their his its here "
    "for of in with please now new home work office personal private mobile cell phone direct line contact "
    "sent registered registration main primary secondary emergency record file customer user patient client employee "
    "member bank card holder date day ist unter auf meine mein ihre unsere seine lautet der die das am geb "
    "est le la les du de des mon ma votre au à sur es el mi su en al son é o do da dos meu minha il lo mio "
    "sua è per di del della mijn uw op het er på är til min mitt jest pod numerem nasıl numaram мой его её "
    "saya adalah fixe portable personnel móvil uk d l from von van od från fra thoại στο στον по с na daytime "
    "evening business mobil"
)
# Words that make the number behind them one of their own.
_OWN_NUMBERS: Final = (
    "id ids uid uuid guid order orders ticket case request req session trace span count counts counter total sum "
    "size bytes length time times timestamp ts duration ms seconds sec version build release revision rev port "
    "pid status code error errors errno exit line lines row rows col column offset index idx page seq sequence "
    "key keys token hash checksum invoice transaction txn reference ref tracking batch job jobs task event events "
    "message msg app apps application device devices model os android ios safari chrome firefox browser agent ip "
    "address zip postal price amount usd eur gbp balance limit quota max min avg rate score level age year month "
    "expires expiry expired updated created verified modified deleted seen since until file path url uri host "
    "node pod container image commit sha sku isbn ean upc gtin imei imsi serial vin part item items product "
    "lookup result returned returns response failed timeout took after within service server api gateway queue "
    "topic partition shard cache table record records"
)
NUMBER_WORDS: Final = frozenset(_NUMBER.split())
DOCUMENT_WORDS: Final = frozenset(_DOCUMENT.split())
FILLERS: Final = frozenset(_FILLERS.split())
OWN_NUMBERS: Final = frozenset(_OWN_NUMBERS.split())
