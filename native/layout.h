// The memory that native code and JavaScript share: one ArrayBuffer for each socket. `src/net/batch-layout.ts` says the
// same; VERSION changes with every change here, so that a product of other sources is not loaded.
#pragma once

#include <cstddef>
#include <cstdint>

namespace layout {

constexpr int32_t VERSION = 1;

// Datagrams of one batch, and those that may wait to be sent.
constexpr size_t RECEIVE_SLOTS = 128;
constexpr size_t SEND_SLOTS = 512;
constexpr size_t SEND_BYTES = 1024 * 1024;
constexpr size_t ERRORS = 64;

// A slot holds the largest datagram, so that nothing is ever cut. Memory that no datagram touched is none: the system
// gives a page when the first byte is written, and messages take one or two of the seventeen. The stride is not a power
// of two, or the beginnings of all slots would share one set of the cache.
constexpr size_t SLOT_BYTES = 65536;
constexpr size_t SLOT_STRIDE = SLOT_BYTES + 1088;

// Words of a datagram: addresses stand in host order, an IPv4 address in the first of its four words.
enum Datagram : size_t {
  LENGTH = 0,
  PORT = 1,
  REMOTE = 2,
  // Our own address; on a listener for all addresses, else zero.
  LOCAL = 6,
  // Interface of a link-local IPv6 address, else zero.
  SCOPE = 10,
  // In the send buffer.
  OFFSET = 11,
  DATAGRAM_WORDS = 12,
};

// Words of a destination that could not be reached.
enum Unreachable : size_t { ERRNO = 0, ERROR_PORT = 1, ERROR_ADDRESS = 2, ERROR_WORDS = 6 };

enum Control : size_t {
  // 1 while JavaScript runs for a batch: what it leaves in the send buffer goes out at the end.
  IS_IN_TURN = 0,
  SEND_COUNT = 1,
  USED_BYTES = 2,
  ERROR_COUNT = 3,
  // Datagrams that the system took no more, and errors that found no room to be told.
  LOST_COUNT = 4,
  RECEIVE_BUFFER_BYTES = 5,
  // What the receive queue could not hold, since the socket was opened.
  OVERFLOWS = 6,
  // Ticks of the gathering timer and turns into JavaScript: how well datagrams gather.
  TICKS = 7,
  TURNS = 8,
  // What the receive queue holds, the system's own octets for each datagram among them. A product of before leaves 0.
  QUEUED_BYTES = 9,
  CONTROL_WORDS = 16,
};

constexpr size_t CONTROL_AT = 0;
constexpr size_t ERRORS_AT = CONTROL_AT + 4 * CONTROL_WORDS;
constexpr size_t RECEIVED_AT = ERRORS_AT + 4 * ERRORS * ERROR_WORDS;
constexpr size_t OUTGOING_AT = RECEIVED_AT + 4 * RECEIVE_SLOTS * DATAGRAM_WORDS;
constexpr size_t SEND_BYTES_AT = OUTGOING_AT + 4 * SEND_SLOTS * DATAGRAM_WORDS;
constexpr size_t SLOTS_AT = SEND_BYTES_AT + SEND_BYTES;
constexpr size_t TOTAL_BYTES = SLOTS_AT + RECEIVE_SLOTS * SLOT_STRIDE;

}  // namespace layout
