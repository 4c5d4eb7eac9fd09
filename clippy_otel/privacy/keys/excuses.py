"""The words beside a sensitive term that make a key a harmless one: facts about it, contexts of it, other meanings.

A fact stands behind a term ("password_policy_version") and counts right behind it or at the key's end; a context and a
question stand in front of it ("server.address", "has_password"); a phrase that means something else is known as a whole
("public_key", "race_condition").
"""

from __future__ import annotations

from typing import Final

from clippy_otel.privacy.keys.vocabulary import words

# Participles and nouns of actions are facts ("email_verified", "token_caching"), save for these.
FACT_ENDINGS: Final = ("ed", "ing", "tion", "sion", "able", "ible")
_PLURALS: Final = ("tions", "sions", "ings")
NO_FACTS: Final = words(
    """
    hashed encrypted salted encoded entered typed attempted tried submitted shared string billing shipping mailing
    confirmation authorization authorisation information identification registration expiration connection
    description
    """
)
_SHORTEST_FACT: Final = 5

_FACTS: Final = words(
    """
    count counts counter total length len size sizes bytes type types kind kinds format formats limit limits max min
    budget usage used use uses policy policies version versions required optional valid invalid validity verified
    expiration expirations expiry expires expire exp ttl age strength status statuses state states changed change
    changes update updates rotation attempt attempts retry retries failure failures fail fails error errors rate
    rates ratio cost costs level score scores present exists exist missing endpoint endpoints algorithm algorithms
    alg algo issuer provider providers scope scopes audience method methods arn consent banner less visible
    visibility complexity history reuse reminder manager generator validator hasher encoder encryptor checker meter
    pattern regex rule rules schema mask field fields column columns label tooltip page screen form prompt dialog
    button toggle setting settings config option options flag flags enabled disabled mode modes class classes
    category categories group groups source sources lifetime interval duration latency delay timeout timer window
    schedule period days hours minutes seconds ms flow event events step stage task job worker queue cache pool
    store storage repository backend engine plugin module service services handler middleware filter interceptor
    parser lexer grammar feature features metric metrics stats log logs audit report reports reason reasons message
    messages description notice warning warnings alert alerts url uri path file filename filepath dir directory
    folder location link mount volume namespace prefix suffix position index offset order rank priority weight
    threshold quota quantity num hits misses success successes param params parameter parameters review request
    requests response responses check checks test tests refreshes rotations creation deletion support strategy
    scheme style color width height icon iteration round found pos tls ssl cron result outcome decision risk is was
    has does not match matches mismatch active inactive frozen fault faults exception requirement requirements
    compliance entropy lockout lock locked domain domains protection coverage availability similarity diversity
    duplicates uniqueness quality sync frequency trend percentage percent average avg mean median sum spec specs
    template templates id confidence set unset empty blank null nonnull bit bits charset placeholder click clicks
    hidden shown segment segments part parts histogram bucket buckets decoder unique detector protocol protocols
    """
)
FACTS: Final = _FACTS | frozenset(f"{fact}s" for fact in _FACTS)
# In front of a token by some words, if nothing of a credential is right before it: next_lock_token.
PAGINATION: Final = words("next previous prev continuation pagination paging page")

# These only at a key's end: "password_changed_at" is a fact, "password_at_login" need not be.
LAST_FACTS: Final = words("at on time times timestamp date dates per second ago since until count within every rest")

# Beside what is no name of a person.
_NAMED: Final = words("name names ref refs reference identifier")
OF_SECRETS: Final = _NAMED | words(
    """
    sent send last owner owners fingerprint channel delivery host port region country ids kid jti iat nbf iss aud
    sub secure samesite same site httponly preference preferences opt bar wall popup notice origin origins
    partitioned accepted managers rotate rotator santa sharing operator controller driver csi agent sync replication
    server servers realm grant gateway context matrix middleware_name client tester helper helpers utils util lib
    library api_version docs table collection cluster public pub available alphabet digits chars characters language
    autofill autocomplete tries breach annotation annotations uid finding findings left remaining allow deny
    allowlist denylist role roles metadata summary summaries alias aliases
    """
)
# A key has a half that is no secret, and what is shown of one does not open anything.
OF_KEYS: Final = words(
    """
    hint hints preview previews thumbprint thumbprints publishable plan plans tier tiers role roles environment
    tenant restriction restrictions title titles only certificate certificates cert certs chain header headers
    metadata meta seat seats activations
    """
)
BEFORE_KEYS: Final = words("public pub publishable")
OF_TOKENS: Final = OF_SECRETS | words(
    """
    ids window text position index probability probabilities prob probs logprob logprobs ring symbol address
    decimals supply price contract pair sale amount balance transfer transfers standard mint stream span start end
    line column buffer map embedding embeddings embed classification distribution overlap economy economics budget
    vocabulary vocab throughput generation estimate estimator exchange introspection revocation overflow consumption
    savings per throttle throttling efficiency gate gates gating accuracy f header headers property properties
    balances metadata dropout shift mixer merge
    """
)
OF_SIGNATURES: Final = words("input pad pads header headers chain help")
OF_CONTACTS: Final = words(
    """
    sent send sends subject server client clients host port campaign campaigns notification notifications newsletter
    preference preferences opt optin optout subscribed subscription unsubscribe bounce bounces delivered delivery
    opened open opens clicked click clicks model brand network carrier operator manufacturer vendor country region
    channel channels list lists message attachment attachments thread threads folder inbox outbox verification
    marketing digest direction language locale os platform build app apps browser call calls system gateway
    integration sequence automation layout blast tree theme per deliverability variant transport case cases battery
    memory countries regions tag tags cluster day experiment importance lang series title trigger webhook daily
    weekly monthly
    """
)
OF_ADDRESSES: Final = words(
    """
    family space spaces book books pool pools range ranges bar bits ip ipv port ids translation resolver resolution
    lookup lookups binding autocomplete suggestion suggestions country region mac view light lights level bus map
    maps fighter art conflict conflicts not translations transfer transfers list lists component components accuracy
    alignment depth key
    """
)
OF_PEOPLE: Final = words(
    """
    ids verification issuer country currency ratio pay gap neutral distribution equality bias stats balance
    breakdown range band bands grade brand brands network networks funding offer offers program programs terminal
    reader readers processor processors fee fees transaction transactions support entry present_type layout
    component fingerprint bin reward rewards accepted product tier tiers point points miles region lookup share
    shares campaign campaigns sent split
    """
)

# What is in front of a token that is none of a person's: of a language model, of pagination, of a parser.
BEFORE_TOKENS: Final = words(
    """
    first last input output prompt completion reasoning cached per max min stop eos bos pad unk special mask sep cls
    start end thinking image audio video text context vocab total draft accepted speculative sampled generated next
    previous prev page paging pagination continuation continue cursor resume resumption sync delta skip scroll
    starting watch cancellation cancel abort idempotency fencing syntax lexer lexical parser unexpected expected
    invalid change lock sequence snapshot consistency zed lease concurrency nft erc crypto governance utility each
    by every ast stopping target creation update checkpoint version conditional
    """
)
BEFORE_ADDRESSES: Final = words(
    """
    ip ips ipv v vip mac net network peer server servers client host hosts source destination src dst dest remote
    local bind binding listen listener listening socket sock memory mem base start end contract wallet proxy gateway
    broker brokers node nodes pod cluster service endpoint upstream downstream backend frontend device hw hardware
    virtual logical page register pc fault instruction symbol load offset relative absolute http https tcp udp grpc
    ws rpc rest redis db database kafka nats etcd consul vault dns ns bluetooth bd ble bssid eth ethereum ether btc
    bitcoin token loopback multicast unicast anycast broadcast link interface iface nic router switch subnet
    external internal public nat elastic advertise advertised advertising seed validator metrics debug pprof health
    web bus port modbus slave master leader follower replica coordinator registry row heap stack code function
    kernel entry entrypoint pointer ptr write read jump branch cell target stratum mining miner pool minter mint tx
    transaction deployer deposit withdrawal factory implementation ens evm sol solana collector otlp agent scrape
    statsd syslog unix erc graphite api cidr ready discovery hop nexthop bootstrap egress ingress frame origin
    tunnel vtep vlan lan wan vpn ssh telnet amqp mqtt zookeeper zk controller forwarded balancer lb alb elb nlb vpc
    vpce eni any waf indirect effective linear segment object buffer c spi plc callback rebase crash faulting return
    pv private
    """
)
BEFORE_SIGNATURES: Final = words(
    """
    function method type call schema code intent model event file rule virus malware antivirus attack threat error
    stack crash class operator image package module artifact binary ids ips intrusion build commit tag detection
    bundle cosign time key query sql exception callable constructor generic interface
    """
)
BEFORE_NAMES: Final = words(
    """
    repo repository project org organization organisation model class base module function method type test package
    image domain file path service host table column topic queue instance system font product branch head resource
    dist ext origin error tvar object field attribute metric event job cluster node device operator begin resolved
    qualified canonical group team manufacturer reseller vendor company regime supplier
    """
)
BEFORE_SHORT: Final = words(
    """
    gpio board chip io analog digital led input output map drop push bowling rolling safety firing location clutter
    sensor trigger echo interrupt irq clock data power ground signal cs sda scl mosi miso tx rx pwm connector header
    soc bga browser auto book blood snow device is ua platform app non hints ch mode sea table epsom bath rock road
    water sodium spring unread smtp incoming outgoing junk voice snail direct web via bulk operating interest
    passive other inbound outbound
    """
)

BEFORE_CARDS: Final = words(
    """
    model report score dashboard kanban graphics sim memory sd business greeting flash trading network video sound
    summary metric info action task ui
    """
)

# In front of a term: a question about it, a number of it, or what has made it another.
QUESTIONS: Final = words(
    """
    has have is are was were did does needs need require requires required allow allows allowed show shows hide
    hides use uses can could should must supports enable enables disable disables enabled disabled no num number
    total max min avg mean with without forgot forget forgotten contains contain include includes accept accepts
    send sends resend sending skip ignore ignores count counts missing invalid incorrect masked redacted obfuscated
    sanitized tokenized reuse ask per valid automount permit permits prohibit prohibits generate generates rotate
    rotates revoke revokes validate validates unique distinct duplicate duplicates
    """
)
# These ask over other words too: is_valid_email, should_send_sms_token.
BEGINNINGS: Final = words(
    """
    is has have should can was were did does needs requires supports allows must contains permit permits
    """
)

# Phrases with the words of sensitive terms that mean something else.
OTHER_MEANINGS: Final = words(
    """
    hash_key display_name geo_postal_code network_physical_address file_owner_name vcs_owner_name repo_owner_name
    repository_owner_name process_owner_name group_owner_name password_manager secretsmanager_secret secret_sharing
    secret_scanning secret_santa pull_secret token_bucket token_ring token_standard client_request_token
    automount_service_account_token phone_model windows_phone i_phone smart_phone head_phone micro_phone mega_phone
    ear_phone speaker_phone phone_booth race_condition address_family street_view wall_street allow_credentials
    with_credentials cookie_preferences authorization_mechanism secret_key_ref fax_machine passport_js o_tel
    default_pii gender_gap gender_neutral otp_release erlang_otp otp_app cookie_cutter bearer_only
    server_key_exchange client_key_exchange diagnosis_tool error_diagnosis system_diagnosis opcode_mnemonic
    instruction_mnemonic asm_mnemonic limit_reset_token limit_reset_tokens ratelimit_reset_token
    ratelimit_reset_tokens algorithm_mnemonic authorizations authorisations bucket_owner_name
    instance_identity_document unique_request_token amzn_client_token reset_password
    """
)


def is_named_like_a_fact(word: str) -> bool:
    """Say whether a word is a participle or the noun of an action: verified, caching, rotation, detections."""
    if word.endswith(_PLURALS):
        word = word[:-1]
    return word.endswith(FACT_ENDINGS) and len(word) >= _SHORTEST_FACT and word not in NO_FACTS


def known_words() -> frozenset[str]:
    """Return all words that excuse a term, and those that look as if they did."""
    groups = (
        FACTS,
        LAST_FACTS,
        NO_FACTS,
        OF_SECRETS,
        OF_KEYS,
        BEFORE_KEYS,
        OF_SIGNATURES,
        OF_TOKENS,
        OF_CONTACTS,
        OF_ADDRESSES,
        OF_PEOPLE,
        BEFORE_TOKENS,
        BEFORE_ADDRESSES,
        BEFORE_SIGNATURES,
        BEFORE_NAMES,
        BEFORE_SHORT,
        BEFORE_CARDS,
        QUESTIONS,
        BEGINNINGS,
    )
    return frozenset().union(*groups)
