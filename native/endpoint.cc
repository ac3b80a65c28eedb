#include "endpoint.h"

#include <sys/timerfd.h>
#include <unistd.h>

#include <cerrno>

namespace {

using namespace layout;

// One look at the socket ends after so long, however much waits: the rest of the process wants its turn.
constexpr uint64_t MAX_LOOK_NS = 2'000'000;
constexpr int MAX_BATCHES = 4;
constexpr uint64_t NS_PER_SECOND = 1'000'000'000;

}  // namespace

Endpoint::Endpoint(napi_env env, std::shared_ptr<SharedMemory> memory, uint32_t gather_microseconds)
    : env_(env),
      memory_(memory),
      socket_(std::move(memory)),
      gathering_(uint64_t{gather_microseconds} * 1000),
      tick_ns_(uint64_t{gather_microseconds} * 1000) {}

int Endpoint::open(const BindOptions& options) {
  int error = napi_get_uv_event_loop(env_, &loop_) == napi_ok ? 0 : EINVAL;
  // When the environment ends, it waits for the handles.
  if (error == 0 && napi_add_async_cleanup_hook(env_, on_env_end, this, &hook_) != napi_ok) error = EINVAL;
  if (error == 0) error = socket_.open(options);
  if (error == 0) error = -uv_poll_init(loop_, &socket_handle_, socket_.descriptor());
  if (error != 0) {
    socket_.close();
    if (hook_ != nullptr) napi_remove_async_cleanup_hook(hook_);
    hook_ = nullptr;
    return error;
  }
  is_open_ = true;
  socket_handle_.data = this;
  handles_ += 1;
  return 0;
}

napi_status Endpoint::start(napi_value self, napi_value on_turn) {
  napi_value name;
  napi_status status = napi_create_string_utf8(env_, "aspis:udp-batch", NAPI_AUTO_LENGTH, &name);
  if (status == napi_ok) status = napi_create_reference(env_, self, 1, &self_);
  if (status == napi_ok) status = napi_create_reference(env_, on_turn, 1, &on_turn_);
  if (status == napi_ok) status = napi_async_init(env_, self, name, &context_);
  if (status == napi_ok) watch();
  return status;
}

void Endpoint::close() {
  if (!is_open_) return;
  is_open_ = false;
  uv_close(reinterpret_cast<uv_handle_t*>(&socket_handle_), on_closed);
  // Once its handle is closing, the loop looks at a descriptor no more, and the port is free at once.
  socket_.close();
  if (clock_ >= 0) {
    uv_close(reinterpret_cast<uv_handle_t*>(&clock_handle_), on_closed);
    ::close(clock_);
    clock_ = -1;
  }
  if (context_ != nullptr) napi_async_destroy(env_, context_);
  if (on_turn_ != nullptr) napi_delete_reference(env_, on_turn_);
  if (self_ != nullptr) napi_delete_reference(env_, self_);
  context_ = nullptr;
  on_turn_ = self_ = nullptr;
}

void Endpoint::release() {
  close();
  is_held_by_javascript_ = false;
  delete_if_unused();
}

void Endpoint::on_closed(uv_handle_t* handle) {
  auto* self = static_cast<Endpoint*>(handle->data);
  self->handles_ -= 1;
  if (self->handles_ == 0 && self->hook_ != nullptr) {
    napi_remove_async_cleanup_hook(self->hook_);
    self->hook_ = nullptr;
  }
  self->delete_if_unused();
}

void Endpoint::on_env_end(napi_async_cleanup_hook_handle, void* self) { static_cast<Endpoint*>(self)->close(); }

void Endpoint::delete_if_unused() {
  if (handles_ == 0 && !is_held_by_javascript_) delete this;
}

void Endpoint::flush() {
  if (is_open_ && !is_blocked_ && memory_->control(SEND_COUNT) != 0) {
    is_blocked_ = !socket_.flush();
    if (is_blocked_) watch();
  }
}

void Endpoint::watch() {
  const int wanted = (is_ticking_ ? 0 : UV_READABLE) | (is_blocked_ ? UV_WRITABLE : 0);
  if (wanted == watched_) return;
  watched_ = wanted;
  if (wanted == 0) uv_poll_stop(&socket_handle_);
  else uv_poll_start(&socket_handle_, wanted, on_socket);
}

void Endpoint::on_socket(uv_poll_t* handle, int status, int events) {
  auto* self = static_cast<Endpoint*>(handle->data);
  if (status < 0) {
    // The loop stopped to watch: an answer of the network waits to be read.
    self->watched_ = 0;
    self->socket_.read_errors();
  }
  if ((events & UV_WRITABLE) != 0) {
    self->is_blocked_ = false;
    self->flush();
  }
  self->look();
  if (self->is_open_) self->watch();
}

void Endpoint::on_tick(uv_poll_t* handle, int, int) {
  auto* self = static_cast<Endpoint*>(handle->data);
  uint64_t expirations;
  // It fails when nothing expired, and then there is nothing to take back.
  (void)!read(self->clock_, &expirations, sizeof expirations);
  self->memory_->count(TICKS);
  self->look();
  if (self->is_open_) self->watch();
}

void Endpoint::look() {
  const uint64_t start_ns = uv_hrtime();
  uint64_t now_ns = start_ns;
  size_t all = 0;
  size_t came = 0;
  for (int batch = 0; batch < MAX_BATCHES && now_ns - start_ns < MAX_LOOK_NS; batch += 1) {
    came = socket_.receive();
    all += came;
    if (came > 0 || memory_->control(ERROR_COUNT) != 0) tell(came);
    if (!is_open_) return;
    // What could not be sent at the end of the turn is told in one more.
    if (came < RECEIVE_SLOTS && memory_->control(ERROR_COUNT) == 0) break;
    now_ns = uv_hrtime();
  }
  const bool wants_ticks = gathering_.next(all, start_ns);
  if (wants_ticks != is_ticking_ && set_ticking(wants_ticks)) is_ticking_ = wants_ticks;
  // More waits: the next look comes as soon as the loop did its round, not at the next tick.
  if (is_ticking_ && came == RECEIVE_SLOTS) arm(1, tick_ns_);
}

void Endpoint::tell(size_t datagrams) {
  napi_handle_scope scope;
  if (napi_open_handle_scope(env_, &scope) != napi_ok) return;
  napi_value self;
  napi_value on_turn;
  napi_value count;
  memory_->count(TURNS);
  memory_->control(IS_IN_TURN) = 1;
  if (napi_get_reference_value(env_, self_, &self) == napi_ok &&
      napi_get_reference_value(env_, on_turn_, &on_turn) == napi_ok &&
      napi_create_uint32(env_, static_cast<uint32_t>(datagrams), &count) == napi_ok) {
    // Promises that the batch kept go on before this returns; it fails when something was thrown.
    if (napi_make_callback(env_, context_, self, on_turn, 1, &count, nullptr) == napi_pending_exception) {
      napi_value error;
      if (napi_get_and_clear_last_exception(env_, &error) == napi_ok) napi_fatal_exception(env_, error);
    }
  }
  napi_close_handle_scope(env_, scope);
  memory_->control(IS_IN_TURN) = 0;
  flush();
}

bool Endpoint::set_ticking(bool is_ticking) {
  if (!is_ticking) {
    uv_poll_stop(&clock_handle_);
    return arm(0, 0);
  }
  if (clock_ < 0 && !open_clock()) return false;
  return arm(tick_ns_, tick_ns_) && uv_poll_start(&clock_handle_, UV_READABLE, on_tick) == 0;
}

bool Endpoint::open_clock() {
  const int clock = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
  if (clock < 0) return false;
  if (uv_poll_init(loop_, &clock_handle_, clock) != 0) {
    ::close(clock);
    return false;
  }
  clock_ = clock;
  clock_handle_.data = this;
  handles_ += 1;
  return true;
}

bool Endpoint::arm(uint64_t first_ns, uint64_t interval_ns) {
  itimerspec times{};
  times.it_value.tv_sec = static_cast<time_t>(first_ns / NS_PER_SECOND);
  times.it_value.tv_nsec = static_cast<long>(first_ns % NS_PER_SECOND);
  times.it_interval.tv_sec = static_cast<time_t>(interval_ns / NS_PER_SECOND);
  times.it_interval.tv_nsec = static_cast<long>(interval_ns % NS_PER_SECOND);
  return timerfd_settime(clock_, 0, &times, nullptr) == 0;
}
