"""The words of keys that hold what is a person's: contacts, places, names, what law protects, numbers, cards.

They are written and judged like those of `vocabulary`, which has the secrets.
"""

from __future__ import annotations

from typing import Final

from clippy_otel.privacy.keys.vocabulary import words

CONTACTS: Final = words(
    """
    email e_mail email_id mail_address mailaddress mail_addr mail_id correo correo_electronico courriel telefono
    telefon telefone telefoonnummer handynummer rufnummer celular phone phone_num phone_nr telephone telefax fax
    msisdn whatsapp_id telecom landline contact_info contact_information emergency_contact next_of_kin from_number
    to_number caller_id calling_party called_party tel_no impp post_office_box home_postal_address skype_id
    skype_name wechat_id facsimile eml_addr email_adr cust_addr sms_to
    """
)

PLACES: Final = words(
    """
    addr_line street straat strasse calle adresse anschrift direccion endereco indirizzo postal_code post_code
    zip_code postal_address eircode postleitzahl code_postal codigo_postal house_number house_no apartment_number
    apt_number flat_number po_box pobox vcard_adr address_locality post_office_box_number
    """
)

# Of people, if not of an instance or of a repository.
FULL_NAMES: Final = words("full_name family_name real_name legal_name preferred_name full_nm")

# People's names, birth, and what law protects in particular.
PERSONAL: Final = words(
    """
    first_name last_name middle_name given_name maiden_name surname forename fname lname mname middle_initial
    middle_initials second_name fathers_name mothers_name nombre_completo primer_nombre segundo_apellido name_first
    name_last name_given name_family name_middle name_full name_maiden name_legal apellido apellidos vorname
    nachname prenom nom_famille nom_de_famille cognome sobrenome voornaam achternaam user_display_name
    customer_display_name member_display_name person_display_name employee_display_name dob birth_date birth_day
    birth_place birth_year birth_month birth_city birth_country birth_dt birthday bday bdate date_of_birth
    date_birth year_of_birth month_of_birth day_of_birth place_of_birth city_of_birth country_of_birth dt_birth
    dobirth born_on birth_state geburtsdatum geburtstag geburtsort fecha_nacimiento fecha_de_nacimiento
    date_naissance date_de_naissance data_nascimento data_di_nascita geboortedatum gender sex ethnicity ethnic_group
    ethnic_origin ethnic_background race_ethnicity racial_origin racial_group nationality citizenship religion
    religious_affiliation religious_belief religious_view sexual_orientation sexuality sexual_preference
    political_affiliation political_view political_party political_opinion union_membership marital_status
    civil_status disability disability_status veteran_status immigration_status criminal_record medical_record
    medical_history medical_condition medical_data medical_info health_record health_data health_history
    health_insurance health_insurance_id health_card health_card_id medical_insurance medical_id patient_record mrn
    blood_type blood_group diagnosis diagnoses medication allergy prescription genetic_data genetic_info genome_data
    hiv_status pregnancy_status mental_health vaccination_record immunization_record insurance_id
    insurance_member_id biometric biometrics biometric_template fingerprint_template fingerprint_data
    fingerprint_scan fingerprint_image fingerprint_minutiae user_fingerprint biometric_fingerprint finger_print
    face_id faceprint face_encoding face_embedding face_template face_scan facial_recognition facial_data
    facial_features iris_scan retina_scan retinal_scan voice_print palm_print palm_scan home_town salary
    annual_income monthly_income household_income gross_income net_income personal_income personal_info
    personal_information personal_data personal_detail pii mother_maiden gps_coordinate gps_location gps_position
    gps_lat gps_lng gps_lon gps_latitude gps_longitude precise_location name_formatted ship_to_name bill_to_name
    wage genetic_test hiv_test patronymic patronym matronymic married_name christian_name baptismal_name
    personal_name former_name third_name otchestvo imie nazwisko fornavn etternavn efternavn fornamn efternamn
    etunimi sukunimi jmeno prijmeni keresztnev vezeteknev soyad soyadi apelido nombre sobrenombre additional_name
    death_date death_place deceased_date date_of_death date_time_of_birth military_status veterans_military_status
    patient_alias us_core_race us_core_birthsex birth_sex sex_assigned_at_birth sex_at_birth mothers_maiden
    mother_maiden_nm patient_note clinical_note doctor_note lab_result immunization_history family_history pregnancy
    mental_health_status substance_abuse dna_profile dna_sequence dna_sample chronic_condition health_condition
    surgical_history vaccination_status organ_donor_status cause_of_death gross_pay net_pay take_home_pay base_pay
    pay_rate severance severance_pay remuneration total_compensation base_compensation annual_compensation
    employee_compensation executive_compensation compensation_amount annual_bonus signing_bonus employee_bonus
    salary_history salary_expectation current_ctc garnishment garnishment_amount disciplinary_record
    disciplinary_history background_check_report net_worth source_of_wealth source_of_funds selfie id_front id_back
    id_scan id_photo document_front_image document_back_image face_image face_photo beneficial_owner
    criminal_history criminal_conviction arrest_record credit_report tax_return student_gpa face_vector
    face_descriptor facial_embedding facial_template facial_landmark facial_geometry face_geometry face_landmark
    iris_template iris_code iris_image retina_template voice_template voice_embedding palm_vein finger_vein minutiae
    keystroke_dynamics gait_pattern gait_signature biometric_id treatment_history medical_note therapy_note
    immunization bank_statement last_known_location contact_person emergency_contact_person pronoun caste
    mother_tongue sensitive_data private_note first_nm last_nm given_nm frst_name born_date bplace icd_code
    treatment_plan blood_test blood_test_result covid_test_result hiv_test_result vaccine_record psychiatric_history
    disability_type exact_location income_amount ethnic_code trade_union spouse
    """
)

IDENTITIES: Final = words(
    """
    ssn social_security social_insurance soc_sec nino itin tin ein atin ptin national_insurance national_id
    national_identity national_identifier national_identification tax_id taxpayer_id tax_identification tax_file
    tax_identifier tax_no vat_id vat_no vatin vat_registration_number fiscal_code fiscal_id taxpayer_identification
    tfn passport driver_license driver_licence drivers_license drivers_licence driving_license driving_licence
    driver_s_license driver_s_licence license_plate licence_plate number_plate plate_number identity_card id_card
    identity_document id_document identification_document government_id gov_id voter_id voter_card electoral_id
    residence_permit residency_permit resident_permit work_permit green_card alien_registration alien_number
    military_id ration_card health_id abha_id aadhaar aadhar adhar uidai pan_card cpf cnpj curp dni nie nif rut cuit
    cuil personnummer personal_number personal_no personal_id personal_identity_code fodselsnummer cpr_nummer hetu
    henkilotunnus pesel bsn burgerservicenummer insz rijksregisternummer codice_fiscale steuer_id steuernummer
    steueridentifikationsnummer sozialversicherungsnummer svnr ahv avs_number nric mykad hkid oib egn cnp jmbg emso
    resident_registration resident_id my_number personalausweis ausweisnummer reisepass pasaporte passeport
    rodne_cislo isikukood asmens_kodas numero_secu numero_securite_sociale seguro_social cedula cedula_identidad
    ine_number medicare_id medicaid_id nhs_no iban bank_account bank_acct bank_detail bank_info bank_routing
    sort_code bsb clabe aba_routing bankleitzahl konto_nummer account_nr credit_account travel_document
    known_traveler known_traveller redress_number frequent_flyer_number frequent_traveler_number patient_identifier
    coverage_subscriber_id insurance_subscriber_id health_plan_id health_plan_number pnr record_locator ktn
    frequent_flyer frequent_flyer_id frequent_traveller_number loyalty_id loyalty_card visa_document
    passenger_document mrz redress_control_number global_entry_number sevis_id payroll_id upi_id pix_key chave_pix
    micr bankgiro plusgiro postgiro kontonr kontonummer rekeningnummer numero_compte numero_de_compte numero_cuenta
    numero_de_cuenta cuenta_bancaria blz ifsc cbu nuban venmo_handle ach_routing wire_routing nin cnic ppsn
    shenfenzheng kojin_bango jumin thai_id philsys nik ktp npwp cccd cmnd tckn tc_kimlik kimlik_no teudat_zehut
    iqama emirates_id bvn ghana_card snils rnokpp nip dowod_osobisty szemelyi_szam adoazonosito taj_szam amka embg
    personas_kods samordningsnummer dnummer kennitala niss matricule cartao_cidadao identifikationsnummer rg_numero
    cnh pis_pasep titulo_eleitor ruc melli_code citizen_id civil_id civil_registration national_registration natl_id
    personal_code social_sec student_id matrikelnummer registration_plate vehicle_registration vehicle_vin imsi
    iccid supi suci gpsi idfa gaid advertising_id sim_serial brokerage_account drivers_lic driver_lic driving_lic
    visa_id tax_ref tax_reference vat_reg_no nat_id natid nat_ins_no social_ins_no bank_acc tax_registration
    tax_registration_number unique_learner_number insured_id aba
    """
)

# Their date of expiry is theirs too.
CARDS: Final = words(
    """
    credit_card debit_card payment_card bank_card charge_card creditcard debitcard tarjeta_credito carte_bancaire
    card_data card_detail card_info card_holder cardholder card_member name_on_card card_pan card_track track_data
    magstripe magnetic_stripe card_expiry card_expiration card_exp card_valid_thru cc_exp cc_expiry cc_expiration
    cc_data cc_info cc_details exp_month exp_year expiry_month expiry_year expiration_month expiration_year
    card_security cc_csc cc_name cc_num ccno dpan fpan track_equivalent emv_data icc_data pvv card_service_code
    card_code card_verification_value card_verification_code card_verification_number card_verification_data
    card_name cavv ccv cvd card_verif verification_value card_full_number cc_holder cc_owner card_owner
    """
)

ACCOUNT_HOLDERS: Final = words("account_holder accountholder policy_holder policyholder beneficiary")

# Who is a person wherever the word stands; "user" is not among them: a user name is kept.
PERSONS: Final = words(
    """
    customer patient employee person people individual guest passenger contact recipient receiver sender addressee
    holder cardholder student pupil teacher professor instructor doctor physician nurse clinician spouse husband
    wife sibling mother father guardian kin applicant candidate borrower cosigner lender buyer seller shopper
    purchaser payer payee donor debtor creditor insured policyholder beneficiary nominee claimant attendee
    participant respondent visitor resident citizen voter survivor victim suspect witness signer signatory traveler
    traveller staff committer author assignee reviewer approver reporter billing shipping emergency accountholder
    owner landlord lessee renter rider birth consignee friend relative colleague dependent guarantor referee
    practitioner cust daughter son child children spouses emp
    """
)

NO_OWNERS: Final = words(
    """
    account acct acc card cc passport license licence id policy insurance tax ssn mobile contact tel phone whatsapp
    pan medicare nhs visa dl iban routing redress membership member student identification plate kimlik loyalty aba
    bank sin nino mob cell ph phn lic social pass fax identity patient medical rx
    """
)

PLACES_OF_PERSONS: Final = words(
    """
    home work office billing shipping mailing delivery residence residential postal personal permanent
    """
)

# In front of a place: whose it is.
LOCATED: Final = words(
    """
    user customer home patient person employee rider passenger member guest driver gps delivery pickup residence
    dropoff live
    """
)

NUMBER_OWNERS: Final = words(
    """
    account acct acc bank routing aba transit card cc creditcard debitcard pan passport license licence driving
    identity id identification insurance policy medicare medicaid nhs sin cpr cpf tax tfn ssn social vat fiscal
    mobile ni cell cellular contact tel whatsapp sms caller called calling callback pager recipient sender emergency
    ic rg resident citizen cheque check sort bsb iban giro dl mrn nino telephone gsm landline dni visa pension
    superannuation ohip health mbi dea chi utr pps ird nhi nid nin fin thai sss umid nik ktp inn nir iqama bvn cnic
    imsi iccid sim loyalty membership member eticket traveler traveller precheck uscis payroll student matriculation
    enrollment enrolment admission ucas learner chassis vin redress hospital person individual kimlik plate
    immigration refugee asylum rx loan mortgage brokerage mob ph phn lic patient medical insured subscriber viber
    """
)

ACCOUNT_OWNERS: Final = words("debtor creditor dbtr cdtr beneficiary payee checking savings debit wire payout")

# A card's number, if not the movement of a camera.
PAN_OWNERS: Final = words("user client card funding encrypted clear plain plaintext raw full primary")

PHOTO_OWNERS: Final = words("patient passport license licence id student employee applicant")
