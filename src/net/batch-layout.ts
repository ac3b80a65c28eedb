/**
 * The memory that a batch socket shares with its native half: one ArrayBuffer. `native/layout.h` says the same, and
 * tells there why; both carry the version, so that halves which differ are not put together.
 */
export const LAYOUT_VERSION = 1

export const RECEIVE_SLOTS = 128
export const SEND_SLOTS = 512
export const SEND_BYTES = 1024 * 1024
export const MAX_ERRORS = 64
export const SLOT_STRIDE = 65_536 + 1088

/** Words (32 bits) of one datagram; an IPv4 address stands in the first of its four words, in host order. */
export const LENGTH = 0
export const PORT = 1
export const REMOTE = 2
export const LOCAL = 6
export const SCOPE = 10
export const OFFSET = 11
export const DATAGRAM_WORDS = 12

/** Words of a destination that could not be reached. */
export const ERRNO = 0
export const ERROR_PORT = 1
export const ERROR_ADDRESS = 2
export const ERROR_WORDS = 6

/** Words of control. */
export const IS_IN_TURN = 0
export const SEND_COUNT = 1
export const USED_BYTES = 2
export const ERROR_COUNT = 3
export const LOST_COUNT = 4
export const RECEIVE_BUFFER_BYTES = 5
export const OVERFLOWS = 6
export const TICKS = 7
export const TURNS = 8
/** Octets in the receive queue, with what the system adds to each datagram; 0 also where it is not told. */
export const QUEUED_BYTES = 9
export const CONTROL_WORDS = 16

/** Octets from the start. */
export const ERRORS_AT = 4 * CONTROL_WORDS
export const RECEIVED_AT = ERRORS_AT + 4 * MAX_ERRORS * ERROR_WORDS
export const OUTGOING_AT = RECEIVED_AT + 4 * RECEIVE_SLOTS * DATAGRAM_WORDS
export const SEND_BYTES_AT = OUTGOING_AT + 4 * SEND_SLOTS * DATAGRAM_WORDS
export const SLOTS_AT = SEND_BYTES_AT + SEND_BYTES
export const TOTAL_BYTES = SLOTS_AT + RECEIVE_SLOTS * SLOT_STRIDE
