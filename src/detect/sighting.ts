import type { TransportName } from '../base/flow.ts'
import type { SipRequest, SipResponse } from '../sip/message/message.ts'
import type { RefusalName } from '../sip/message/refusal.ts'
import type { Source } from './source.ts'
import type { Account } from './tables.ts'

/**
 * What was seen, in one shape for each kind. The server tells it of itself, or a capture is read: who watches cannot
 * know which. One object of each kind is used again and again, so that telling costs no memory: a detector keeps
 * nothing of it but what it copies.
 */
export type Sighting =
  | AaaSeen
  | AnswerGiven
  | BindingsChanged
  | CallSeen
  | ConnectionSeen
  | CredentialsJudged
  | DialogDoubted
  | IdentityJudged
  | MediaSeen
  | MessageDropped
  | MessageMalformed
  | NameResolved
  | RequestSeen
  | ResponseSeen
  | RuleDecided
  | ServerStrained
  | SourceLimited

export type SightingKind = Sighting['kind']

/** What all sightings say. */
export interface Seen {
  /** The event clock: monotonic in a server, of the capture in a replay; ms, never going back. */
  readonly atMs: number
  /** Who sent what led to it. */
  readonly source: Source
  readonly transport: TransportName
}

/** A well-formed request came, retransmissions included; nothing is decided yet. */
export interface RequestSeen extends Seen {
  readonly kind: 'request'
  readonly request: SipRequest
  /** It has a To tag. */
  readonly isInDialog: boolean
}

/** A final response was given to a request, by the server or by whom it was forwarded to; not the retransmissions. */
export interface AnswerGiven extends Seen {
  readonly kind: 'answer'
  readonly request: SipRequest
  /** 200 to 699. */
  readonly status: number
  /** The server's name of its reason (`unknown-user`, `no-credentials` …); '' where another one answered, or in a replay. */
  readonly why: string
  /** The server's own answer, no other party's. In a replay: what was answered without being forwarded. */
  readonly isOwn: boolean
}

/** A well-formed response came. */
export interface ResponseSeen extends Seen {
  readonly kind: 'response'
  readonly response: SipResponse
  /** No request of the server waits for it. */
  readonly isStray: boolean
}

/** Something came that is no well-formed message. */
export interface MessageMalformed extends Seen {
  readonly kind: 'malformed'
  /** As it came, latin-1; of a stream the part up to the fault. */
  readonly text: string
  readonly refusal: RefusalName | (string & {})
}

/** A request that got no answer; a replay does not know it. */
export interface MessageDropped extends Seen {
  readonly kind: 'drop'
  readonly request: SipRequest
  readonly why: string
}

/** Credentials were judged: only requests that bring some. */
export interface CredentialsJudged extends Seen {
  readonly kind: 'credentials'
  readonly request: SipRequest
  readonly isAccepted: boolean
  /** A `DigestReason`; `wrong-credentials` stands for a wrong password and an unknown user alike. '' when accepted. */
  readonly why: string
  /** As offered, unescaped, at most 256 octets; '' when unreadable. */
  readonly user: string
  readonly realm: string
  /** The nonce was made by the server for this address, so the source receives what is sent to it. */
  readonly isNonceOurs: boolean
}

/** A REGISTER was accepted that carried contacts. */
export interface BindingsChanged extends Seen {
  readonly kind: 'registration'
  readonly request: SipRequest
  /** The address-of-record, `alice@example.test`. */
  readonly account: string
  /** Contacts that it brought. */
  readonly contacts: number
  /** It takes bindings away, and adds none. */
  readonly isRemoval: boolean
}

/** A call from its INVITE to its end. Kept in a table; good until its phase is `ended` or `failed`. */
export interface Call {
  readonly callId: string
  /** As From says it, `alice@example.test`, lower-case host. */
  readonly from: string
  /** The account that proved itself with the INVITE; '' for a trunk or where nobody did. */
  readonly account: string
  /** The same in the table of accounts, as it was when the call began. */
  readonly place?: Account | undefined
  /** Address that the INVITE came from, and the neighbour that has it; '' none. */
  readonly callerIp: string
  readonly callerTrunk: string
  /** User part of the Request-URI: a number or a name. */
  readonly destination: string
  readonly destinationHost: string
  /** Class of the policy (`national`, `premium` …); '' where nobody said. */
  readonly toClass: string
  /** Of the INVITE that was accepted for forwarding, event clock, ms. */
  readonly beganMs: number
  /** 0: not yet. */
  readonly answeredMs: number
  readonly endedMs: number
  /** Final status of the INVITE; 0: none yet. */
  readonly status: number
  readonly endedBy: 'caller' | 'callee' | 'nobody'
  /** Its 2xx had an ACK. */
  readonly isAcknowledged: boolean
}

/** A call went on. The source is the caller's, at `ended` whoever hung up. */
export interface CallSeen extends Seen {
  readonly kind: 'call'
  /** `unacknowledged`: its 2xx had no ACK within 32 s. `forgotten`: no end was seen for a day, or the table is full. */
  readonly phase:
    | 'began'
    | 'ringing'
    | 'answered'
    | 'acknowledged'
    | 'unacknowledged'
    | 'failed'
    | 'ended'
    | 'forgotten'
  readonly call: Call
}

/** A request or response that does not fit what is known of its dialog or transaction. */
export interface DialogDoubted extends Seen {
  readonly kind: 'doubt'
  readonly doubt: Doubt
  readonly message: SipRequest | SipResponse | undefined
  /** The dialog's address-of-record that would suffer; '' unknown. */
  readonly account: string
}

/** One a line, sorted. */
export type Doubt =
  /** CANCEL of an INVITE that came from another address. */
  | 'cancel-from-another-source'
  /** CANCEL, and nothing to cancel. */
  | 'cancel-of-nothing'
  /** A request of a known dialog, from an address that is neither party's. */
  | 'request-from-another-source'
  /** A request with a To tag of no known dialog. */
  | 'request-of-no-dialog'
  /** A response from where its request was not sent. */
  | 'response-from-another-source'
  /** The tags are not those of the call with that Call-ID. */
  | 'tags-of-no-dialog'

/** A stream connection. */
export interface ConnectionSeen extends Seen {
  readonly kind: 'connection'
  readonly change: 'opened' | 'closed' | 'refused'
  /** A `CloseReason` or `RefusalReason` of the transports; '' when opened. */
  readonly why: string
}

/** The verification service judged a request that was signed, or should have been. */
export interface IdentityJudged extends Seen {
  readonly kind: 'identity'
  readonly request: SipRequest
  readonly isValid: boolean
  readonly why: string
  /** The originator that is claimed: number or URI. */
  readonly claimed: string
  /** Host of the certificate's URL; '' none. */
  readonly authority: string
}

/** A rule of the policy decided. */
export interface RuleDecided extends Seen {
  readonly kind: 'rule'
  readonly request: SipRequest
  readonly isAllowed: boolean
  readonly rule: string
  readonly toClass: string
  /** `alice@example.test`, `trunk:carrier`, `unproven`. */
  readonly caller: string
}

/** A name was looked up: what makes one suspicious. */
export interface NameResolved extends Seen {
  readonly kind: 'naming'
  readonly name: string
  readonly what: 'answer-mismatched' | 'no-answer' | 'secure-records-vanished' | 'limit-reached'
  readonly detail: string
}

/** A server for authentication, authorisation and accounting. */
export interface AaaSeen extends Seen {
  readonly kind: 'aaa'
  readonly server: string
  readonly what: 'answer-forged' | 'dead' | 'alive'
  readonly detail: string
}

/** The server is strained. */
export interface ServerStrained extends Seen {
  readonly kind: 'strain'
  readonly what: 'event-loop-lag' | 'shedding' | 'transactions-full' | 'storage'
  /** Ms, messages a second or places, as `what` says. */
  readonly value: number
}

/** Messages of a source were not read, since it was over its budget: told once a second at most, with their number. */
export interface SourceLimited extends Seen {
  readonly kind: 'limited'
  readonly messages: number
  readonly why: string
}

/** The media of a call, where it is known: in a capture that holds it. The source is the caller's. */
export interface MediaSeen extends Seen {
  readonly kind: 'media'
  readonly call: Call
  /** `missing`: none within some seconds of the answer; `after-end`: still flowing after BYE; `elsewhere`: to where no SDP said. */
  readonly what: 'missing' | 'after-end' | 'elsewhere'
}

/** A sighting without its time and source. */
export type DetailOf = Detail<Sighting>

type Detail<S> = S extends Seen ? Omit<S, keyof Seen> : never
