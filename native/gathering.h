// When to look at the socket. A wake-up costs as much as the work for two or three messages: so while datagrams come one by
// one and fast, the socket is read by a clock, some thousand times a second, instead of whenever a datagram comes.
//
// The rule: at less than ENTER datagrams a tick every datagram is read at once, and the clock stands still; a first
// datagram after quiet never waits. Where many come with each wake-up anyway, as when this process has more than enough to
// do, the clock would only add delay: from time to time it is stopped for a moment to see whether that is so.
#pragma once

#include <cstddef>
#include <cstdint>

class Gathering {
 public:
  // Zero: never.
  explicit Gathering(uint64_t tick_ns) : tick_ns_(tick_ns) {}

  // True while the clock should run; told after each look at the socket.
  bool next(size_t datagrams, uint64_t now_ns) {
    if (tick_ns_ == 0) return false;
    const uint64_t elapsed_ns = now_ns - since_ns_;
    if (!is_ticking_ && elapsed_ns > MAX_TICKS * tick_ns_) {
      // What came after a pause says nothing of the rate before it.
      begin(now_ns);
      seen_ = datagrams;
      return false;
    }
    seen_ += datagrams;
    looks_ += 1;
    if (elapsed_ns < MIN_TICKS * tick_ns_) return is_ticking_;
    is_ticking_ = is_ticking_ ? keeps(elapsed_ns) : comes_at_least(ENTER, elapsed_ns) && seen_ < ENOUGH * looks_;
    begin(now_ns);
    return is_ticking_;
  }

 private:
  // Datagrams a tick.
  static constexpr uint64_t ENTER = 2;
  static constexpr uint64_t LEAVE = 1;
  static constexpr uint64_t MANY = 16;
  // Datagrams a wake-up that make the clock useless.
  static constexpr uint64_t ENOUGH = 8;
  // A rate is judged after so many ticks, and forgotten after so many without a datagram.
  static constexpr uint64_t MIN_TICKS = 4;
  static constexpr uint64_t MAX_TICKS = 16;
  // Judgements between two trials without the clock.
  static constexpr int TRIAL = 16;

  bool keeps(uint64_t elapsed_ns) {
    if (!comes_at_least(LEAVE, elapsed_ns)) return false;
    judgements_ = (judgements_ + 1) % TRIAL;
    return judgements_ != 0 || !comes_at_least(MANY, elapsed_ns);
  }

  bool comes_at_least(uint64_t datagrams, uint64_t elapsed_ns) const {
    return seen_ * tick_ns_ >= datagrams * elapsed_ns;
  }

  void begin(uint64_t now_ns) {
    since_ns_ = now_ns;
    seen_ = 0;
    looks_ = 0;
  }

  const uint64_t tick_ns_;
  uint64_t since_ns_ = 0;
  uint64_t seen_ = 0;
  uint64_t looks_ = 0;
  int judgements_ = 0;
  bool is_ticking_ = false;
};
