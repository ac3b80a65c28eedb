/** Every bound that protects us from a peer, in one place, each with its reason. One a line, sorted. */
export const LIMITS = {
  /** Password hashes kept of users of AAA servers, where that is configured. */
  maxAaaHashes: 100_000,
  /** Questions of one source to servers of AAA at a time: an eighth of what one server is asked at once. */
  maxAaaQuestionsPerSource: 512,
  /** Records of calls that wait for an accounting server: an hour of three calls a second. */
  maxAccountingRecords: 20_000,
  /** Octets out for one in, over UDP, before a source proved that it receives (DOS-03). */
  maxAmplification: 1.5,
  /** Parameters of one credentials or challenge row; digest knows fifteen (MSG-16). */
  maxAuthParams: 24,
  /** Networks banned at a time: a few MiB. */
  maxBans: 50_000,
  /** A body larger than this is 413: no SIP body in use comes near it. */
  maxBodyBytes: 512 * 1024,
  /** Multipart bodies in each other: a signed body of an encrypted one is three. */
  maxBodyLevels: 8,
  /** Parts of one body, all levels together (SMI-14). */
  maxBodyParts: 64,
  /** Addresses of a capture whose text is kept. */
  maxCaptureAddresses: 65_536,
  /** One packet of a capture: the longest that tcpdump writes is a quarter of it. */
  maxCapturedPacketBytes: 1024 * 1024,
  /** Requests of a capture whose answer is waited for, some 2 KiB each; the same number that the server sent. */
  maxCaptureExchanges: 40_000,
  /** Nonces that a captured server gave. */
  maxCaptureNonces: 100_000,
  /** Datagrams of a capture that wait for a fragment, 64 KiB each at most. */
  maxCaptureFragmented: 256,
  /** Interfaces of one section of a capture. */
  maxCaptureInterfaces: 1024,
  /** Segments of one captured direction of TCP that wait for what goes in front of them. */
  maxCaptureSegments: 256,
  /** Directions of captured TCP connections that are followed. */
  maxCaptureStreams: 20_000,
  /** Octets of them: four times the usual window. */
  maxCaptureWindowBytes: 256 * 1024,
  /** Certificates in one signature: the signer's, and those between (SMI-14). */
  maxCmsCertificates: 16,
  /** Signers of one body (SMI-14). */
  maxCmsSigners: 8,
  /** Connections from one address; a NAT office holds a few hundred phones. */
  maxConnectionsPerSource: 1024,
  /** Connections in all; below the usual limit of open files. */
  maxConnections: 10_000,
  /** Certificates of one chain that signs for callers, root included (RFC 9060 §7). */
  maxCertificateChain: 6,
  /** Aliases followed from one DNS name (LOC-09). */
  maxCnameDepth: 8,
  /** One Contact value of a REGISTER: it comes back as a Request-URI, far below the start line's bound. */
  maxContactBytes: 4096,
  /** Bindings of one address-of-record (REG-13). */
  maxContactsPerAor: 10,
  /** Contacts of one REGISTER (MSG-16). */
  maxContactsPerRequest: 100,
  /** One header field, name to line end (MSG-16). */
  maxHeaderBytes: 16 * 1024,
  /** Rows of Authorization or Proxy-Authorization looked at; one a realm is usual (MSG-16). */
  maxCredentials: 8,
  /** Answers to requests of Diameter peers that are kept, should the peer ask again (RFC 6733 §3). */
  maxDiameterAnswers: 1000,
  /** AVPs of one Diameter message, those in groups too: an answer with ten credentials has a hundred. */
  maxDiameterAvps: 1024,
  /** Groups in groups of a Diameter message: an item, its challenge and the values in it are three. */
  maxDiameterGroupDepth: 4,
  /** One Diameter message; the largest in use carries a user profile. */
  maxDiameterMessageBytes: 256 * 1024,
  /** Requests that wait for one Diameter peer: a second of work. */
  maxDiameterPending: 4096,
  /** A profile that a Diameter server sends: hundreds of addresses-of-record. */
  maxDiameterProfileBytes: 64 * 1024,
  /** Octets that wait to be sent to one Diameter peer: one that does not read is closed. */
  maxDiameterSendBytes: 4 * 1024 * 1024,
  /** A user name in credentials, in octets. */
  maxDigestUserBytes: 256,
  /** A document fetched from where a stranger says, such as a certificate chain (STV-13). */
  maxFetchedBytes: 64 * 1024,
  /** Such documents, and failures to fetch one, that are remembered: at most 64 MiB. */
  maxFetchedDocuments: 1000,
  /** Fetches under way (STV-13). */
  maxFetches: 64,
  /** Those of them from one host: one that is slow holds so many. */
  maxFetchesPerHost: 4,
  /** A URL that is fetched from. */
  maxFetchUrlBytes: 1024,
  /** Transactions of one kind that are over and wait for retransmissions: 40 octets each, and the response (TXN-21). */
  maxFinishedTransactions: 500_000,
  /** Users, sources and pairs of both whose wrong passwords are counted (DIG-32). */
  maxGuessers: 100_000,
  /** Addresses-of-record that one sweep of expired bindings visits: about a millisecond of work. */
  maxExpiredAtOnce: 1000,
  /** All header fields of a message (MSG-16). */
  maxHeadersBytes: 64 * 1024,
  /** Header fields of a message (MSG-16). */
  maxHeaders: 200,
  /** Identity header fields of a message: each may cost a fetch and two signatures. */
  maxIdentities: 6,
  /** One Identity header field (STV-08). */
  maxIdentityBytes: 8 * 1024,
  /** Flows that logged in, as the packet filter of the kernel knows them: as many as the sockets keep. */
  maxKernelFlows: 65_536,
  /** Addresses that locating one domain yields (LOC-09). */
  maxLocatedAddresses: 20,
  /** Milliseconds that locating one domain may take in all (LOC-09). */
  maxLocateMs: 5000,
  /** Media streams of one session description: a conference of a hundred makes two hundred. */
  maxMediaStreams: 256,
  /** NAPTR records of one domain that are looked at (LOC-09). */
  maxNaptrRecords: 10,
  /** Nonces in use whose counts are remembered (DIG-16). */
  maxNonces: 200_000,
  /** PASSporTs whose use is remembered, 36 octets each: 120 s of 1,600 signed calls a second (STV-07). */
  maxPassports: 200_000,
  /** Parameters of one header value or URI: feature tags make thirty, and names must differ, which is compared. */
  maxParams: 100,
  /** Referred-By tokens that are remembered as used; full, every older one counts as used (RFC 3892 §6). */
  maxReferTokens: 100_000,
  /** Accounts whose requests are counted, those that were used lately. */
  maxRatedAccounts: 100_000,
  /** Bytes held for messages that are not complete, over all streams; above it the largest holder is closed. */
  maxReceiveBuffersBytes: 64 * 1024 * 1024,
  /** Route values walked (MSG-16). */
  maxRoutes: 30,
  /** Bytes waiting to be sent on one stream: a peer that does not read is closed. */
  maxSendBufferBytes: 256 * 1024,
  /** Bytes waiting to be sent over all streams; above it the slowest reader is closed. */
  maxSendBuffersBytes: 64 * 1024 * 1024,
  /** Dialogs of which it is remembered who signed for their parties (RFC 9970): some 2 KiB each. */
  maxSignedDialogs: 20_000,
  /** One line of a session description that is no attribute. */
  maxSessionLineBytes: 1024,
  /** SRV records of one service that are looked at (LOC-09). */
  maxSrvRecords: 20,
  /** Start line (MSG-16): beyond it 414. */
  maxStartLineBytes: 8 * 1024,
  /** Changes of bindings in one transaction; what comes meanwhile waits for the next. */
  maxStoreBatch: 2000,
  /** Octets of them after which a transaction begins. */
  maxStoreBatchBytes: 1024 * 1024,
  /** Changes of bindings that wait for the disk: a few seconds of work, less than a REGISTER lives. */
  maxStoreQueue: 20_000,
  /** Calls that are counted at once for the limits of a policy; a place costs some 500 octets. */
  maxCountedCalls: 200_000,
  /** Domains of which it is remembered that they offered TLS (LOC-07). */
  maxSipsDomains: 20_000,
  /** Targets of one request, all rounds of forking together. */
  maxTargets: 32,
  /** TLS handshakes at a time; the oldest half-open one makes room, as in a SYN backlog. */
  maxTlsHandshakes: 1024,
  /** Those of them whose key exchange was computed: if all answer at once, it is ten milliseconds of work. */
  maxTlsHandshakesBegun: 64,
  /** Transactions alive in all (TXN-21). */
  maxTransactions: 200_000,
  /** Server transactions of one unproved source, and those pending of a proved one (TXN-21). */
  maxTransactionsPerSource: 20_000,
  /** UDP flows remembered, half of them for sources that proved to receive. */
  maxUdpFlows: 131_072,
  /** Via values of a message (MSG-16). */
  maxVias: 70,
  /** INVITEs of one account that wait for their final answer: beyond any telephone, below a gateway's worst hour. */
  maxPendingPerAccount: 1000,
  /** RFC 3261 §18.1.1: above it a request moves to TCP. */
  maxUdpRequestBytes: 1300,
  /** Messages that wait for one connection being opened. */
  maxWaitingPerConnection: 64,
} as const
