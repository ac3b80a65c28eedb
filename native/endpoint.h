// The event loop's side: looks at the socket when it should, and tells JavaScript of each batch.
#pragma once

#include <node_api.h>
#include <uv.h>

#include <memory>

#include "gathering.h"
#include "udp-socket.h"

// Lives until JavaScript let go of its object and the loop of the handles; then it deletes itself.
class Endpoint {
 public:
  Endpoint(napi_env env, std::shared_ptr<SharedMemory> memory, uint32_t gather_microseconds);
  Endpoint(const Endpoint&) = delete;
  Endpoint& operator=(const Endpoint&) = delete;

  // Zero, or the errno of what failed; then `close` was called.
  int open(const BindOptions& options);
  // Starts to tell; `self` stays alive until `close`.
  napi_status start(napi_value self, napi_value on_turn);
  void close();
  // JavaScript's object is gone, or never came to be.
  void release();

  bool is_open() const { return is_open_; }
  UdpSocket& socket() { return socket_; }
  void flush();

 private:
  ~Endpoint() = default;

  static void on_socket(uv_poll_t* handle, int status, int events);
  static void on_tick(uv_poll_t* handle, int status, int events);
  static void on_closed(uv_handle_t* handle);
  static void on_env_end(napi_async_cleanup_hook_handle hook, void* self);

  // Reads, tells and sends, for a bounded time.
  void look();
  void tell(size_t datagrams);
  void watch();
  bool set_ticking(bool is_ticking);
  bool arm(uint64_t first_ns, uint64_t interval_ns);
  bool open_clock();
  void delete_if_unused();

  const napi_env env_;
  std::shared_ptr<SharedMemory> memory_;
  UdpSocket socket_;
  Gathering gathering_;
  const uint64_t tick_ns_;

  uv_loop_t* loop_ = nullptr;
  uv_poll_t socket_handle_{};
  uv_poll_t clock_handle_{};
  int clock_ = -1;
  int watched_ = 0;
  // Handles that the loop holds.
  int handles_ = 0;
  bool is_held_by_javascript_ = true;
  bool is_open_ = false;
  bool is_ticking_ = false;
  // The system takes no more datagrams for now.
  bool is_blocked_ = false;

  napi_ref self_ = nullptr;
  napi_ref on_turn_ = nullptr;
  napi_async_context context_ = nullptr;
  napi_async_cleanup_hook_handle hook_ = nullptr;
};
