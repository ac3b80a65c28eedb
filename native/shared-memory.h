// Memory of one socket. The socket and the ArrayBuffer that shows it to JavaScript own it together: whoever goes last
// gives it back, so that neither a detached buffer nor a closed socket leaves the other with a stale pointer.
#pragma once

#include <sys/mman.h>

#include <memory>

#include "layout.h"

class SharedMemory {
 public:
  // Null when the system has no memory.
  static std::shared_ptr<SharedMemory> make() {
    void* bytes = mmap(nullptr, layout::TOTAL_BYTES, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (bytes == MAP_FAILED) return nullptr;
    return std::shared_ptr<SharedMemory>(new SharedMemory(static_cast<uint8_t*>(bytes)));
  }

  SharedMemory(const SharedMemory&) = delete;
  SharedMemory& operator=(const SharedMemory&) = delete;
  ~SharedMemory() { munmap(bytes_, layout::TOTAL_BYTES); }

  uint8_t* bytes() { return bytes_; }
  uint8_t* slot(size_t at) { return bytes_ + layout::SLOTS_AT + at * layout::SLOT_STRIDE; }
  uint8_t* outgoing_bytes() { return bytes_ + layout::SEND_BYTES_AT; }
  int32_t* received(size_t at) { return words(layout::RECEIVED_AT) + at * layout::DATAGRAM_WORDS; }
  int32_t* outgoing(size_t at) { return words(layout::OUTGOING_AT) + at * layout::DATAGRAM_WORDS; }
  int32_t* error(size_t at) { return words(layout::ERRORS_AT) + at * layout::ERROR_WORDS; }
  int32_t& control(layout::Control word) { return words(layout::CONTROL_AT)[word]; }
  // One more; whatever stands there, JavaScript can write it too.
  void count(layout::Control word) { control(word) = (control(word) & 0x3fffffff) + 1; }

 private:
  explicit SharedMemory(uint8_t* bytes) : bytes_(bytes) {}
  int32_t* words(size_t at) { return reinterpret_cast<int32_t*>(bytes_ + at); }

  uint8_t* const bytes_;
};
