// Batches of datagrams for JavaScript: `open`, `flush`, `measure`, `steer`, `close`. Datagrams pass through memory that both sides
// see (layout.h), and one call a batch says how many there are. Whatever JavaScript hands in is checked: what makes no
// sense throws, and never harms the process.
#include <node_api.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "endpoint.h"

namespace {

constexpr napi_type_tag ENDPOINT_TAG = {0x9a1c53d0e7b24f86, 0xb3f10c7d52ae4498};
constexpr size_t MAX_IP_BYTES = 64;
constexpr double MAX_BUFFER_BYTES = 1 << 30;
constexpr double MAX_GATHER_MICROSECONDS = 100'000;
// Of the packet filter (linux/filter.h).
constexpr size_t INSTRUCTION_BYTES = 8;
constexpr size_t MAX_INSTRUCTIONS = 4096;

napi_value refuse(napi_env env, const char* what) {
  napi_throw_type_error(env, "ERR_ASPIS_NATIVE_ARGUMENT", what);
  return nullptr;
}

napi_value fail(napi_env env, const char* code, const char* what) {
  napi_throw_error(env, code, what);
  return nullptr;
}

// The name that node:dgram gives, as EADDRINUSE.
napi_value fail_with(napi_env env, int error) {
  const std::string message = std::string("bind: ") + strerror(error);
  return fail(env, uv_err_name(-error), message.c_str());
}

bool read_whole(napi_env env, napi_value value, double min, double max, double& result) {
  return napi_get_value_double(env, value, &result) == napi_ok && result >= min && result <= max &&
         result == static_cast<double>(static_cast<int64_t>(result));
}

// The endpoint behind an object that `open` made; null for anything else.
Endpoint* endpoint_of(napi_env env, napi_callback_info info) {
  size_t count = 1;
  napi_value argument;
  bool is_ours = false;
  void* endpoint = nullptr;
  napi_valuetype type;
  if (napi_get_cb_info(env, info, &count, &argument, nullptr, nullptr) != napi_ok || count < 1) return nullptr;
  if (napi_typeof(env, argument, &type) != napi_ok || type != napi_object) return nullptr;
  if (napi_check_object_type_tag(env, argument, &ENDPOINT_TAG, &is_ours) != napi_ok || !is_ours) return nullptr;
  if (napi_unwrap(env, argument, &endpoint) != napi_ok) return nullptr;
  return static_cast<Endpoint*>(endpoint);
}

void forget_memory(napi_env, void*, void* owner) { delete static_cast<std::shared_ptr<SharedMemory>*>(owner); }

void forget_endpoint(napi_env, void* endpoint, void*) { static_cast<Endpoint*>(endpoint)->release(); }

napi_status show_memory(napi_env env, const std::shared_ptr<SharedMemory>& memory, napi_value* result) {
  auto* owner = new std::shared_ptr<SharedMemory>(memory);
  const napi_status status = napi_create_external_arraybuffer(env, memory->bytes(), layout::TOTAL_BYTES,
                                                              forget_memory, owner, result);
  if (status != napi_ok) delete owner;
  return status;
}

// open(ip, port, isPortShared, bufferBytes, gatherMicroseconds, onTurn) → { memory, port }
napi_value open(napi_env env, napi_callback_info info) {
  size_t count = 6;
  napi_value arguments[6];
  if (napi_get_cb_info(env, info, &count, arguments, nullptr, nullptr) != napi_ok || count < 6)
    return refuse(env, "open takes six arguments");
  char ip[MAX_IP_BYTES];
  size_t length = 0;
  if (napi_get_value_string_utf8(env, arguments[0], ip, sizeof ip, &length) != napi_ok || length == 0 ||
      length + 1 >= sizeof ip || strlen(ip) != length)
    return refuse(env, "ip is not an address");
  double port = 0;
  if (!read_whole(env, arguments[1], 0, 65535, port)) return refuse(env, "port is not 0 to 65535");
  bool is_port_shared = false;
  if (napi_get_value_bool(env, arguments[2], &is_port_shared) != napi_ok)
    return refuse(env, "isPortShared is not a boolean");
  double buffer_bytes = 0;
  if (!read_whole(env, arguments[3], 1, MAX_BUFFER_BYTES, buffer_bytes))
    return refuse(env, "bufferBytes is out of its range");
  double gather = 0;
  if (!read_whole(env, arguments[4], 0, MAX_GATHER_MICROSECONDS, gather))
    return refuse(env, "gatherMicroseconds is out of its range");
  napi_valuetype type;
  if (napi_typeof(env, arguments[5], &type) != napi_ok || type != napi_function)
    return refuse(env, "onTurn is not a function");

  std::shared_ptr<SharedMemory> memory = SharedMemory::make();
  if (memory == nullptr) return fail_with(env, ENOMEM);
  napi_value result;
  napi_value shown;
  if (napi_create_object(env, &result) != napi_ok || show_memory(env, memory, &shown) != napi_ok ||
      napi_set_named_property(env, result, "memory", shown) != napi_ok)
    return fail(env, "ERR_ASPIS_NATIVE", "no memory can be shown to JavaScript");
  auto* endpoint = new Endpoint(env, memory, static_cast<uint32_t>(gather));
  if (napi_type_tag_object(env, result, &ENDPOINT_TAG) != napi_ok ||
      napi_wrap(env, result, endpoint, forget_endpoint, nullptr, nullptr) != napi_ok) {
    endpoint->release();
    return fail(env, "ERR_ASPIS_NATIVE", "the socket cannot be given to JavaScript");
  }
  const int error = endpoint->open({ip, static_cast<uint16_t>(port), is_port_shared, static_cast<int>(buffer_bytes)});
  if (error != 0) return fail_with(env, error);
  napi_value bound;
  if (endpoint->start(result, arguments[5]) != napi_ok ||
      napi_create_int32(env, endpoint->socket().port(), &bound) != napi_ok ||
      napi_set_named_property(env, result, "port", bound) != napi_ok) {
    endpoint->close();
    return fail(env, "ERR_ASPIS_NATIVE", "the socket cannot be watched");
  }
  return result;
}

// flush(socket): sends what waits in the send buffer.
napi_value flush(napi_env env, napi_callback_info info) {
  Endpoint* endpoint = endpoint_of(env, info);
  if (endpoint == nullptr) return refuse(env, "not a socket of this module");
  endpoint->flush();
  return nullptr;
}

// measure(socket): writes the system's figures into the words of control.
napi_value measure(napi_env env, napi_callback_info info) {
  Endpoint* endpoint = endpoint_of(env, info);
  if (endpoint == nullptr) return refuse(env, "not a socket of this module");
  if (endpoint->is_open()) endpoint->socket().measure();
  return nullptr;
}

// steer(socket, program): the program, of instructions of eight octets, divides datagrams among the sockets of this port.
// Returns whether the system took it.
napi_value steer(napi_env env, napi_callback_info info) {
  Endpoint* endpoint = endpoint_of(env, info);
  if (endpoint == nullptr) return refuse(env, "not a socket of this module");
  size_t count = 2;
  napi_value arguments[2];
  napi_typedarray_type type;
  size_t bytes = 0;
  void* program = nullptr;
  bool is_array = false;
  if (napi_get_cb_info(env, info, &count, arguments, nullptr, nullptr) != napi_ok || count < 2 ||
      napi_is_typedarray(env, arguments[1], &is_array) != napi_ok || !is_array ||
      napi_get_typedarray_info(env, arguments[1], &type, &bytes, &program, nullptr, nullptr) != napi_ok ||
      type != napi_uint8_array || bytes == 0 || bytes % INSTRUCTION_BYTES != 0 ||
      bytes / INSTRUCTION_BYTES > MAX_INSTRUCTIONS)
    return refuse(env, "program is not a Uint8Array of whole instructions");
  const int error = endpoint->is_open() ? endpoint->socket().steer(program, bytes / INSTRUCTION_BYTES) : EBADF;
  napi_value result;
  return napi_get_boolean(env, error == 0, &result) == napi_ok ? result : nullptr;
}

// close(socket): its port is free when this returns; a second time does nothing.
napi_value close(napi_env env, napi_callback_info info) {
  Endpoint* endpoint = endpoint_of(env, info);
  if (endpoint == nullptr) return refuse(env, "not a socket of this module");
  endpoint->close();
  return nullptr;
}

bool add_function(napi_env env, napi_value exports, const char* name, napi_callback callback) {
  napi_value function;
  return napi_create_function(env, name, NAPI_AUTO_LENGTH, callback, nullptr, &function) == napi_ok &&
         napi_set_named_property(env, exports, name, function) == napi_ok;
}

}  // namespace

NAPI_MODULE_INIT() {
  napi_value version;
  const bool is_fine = napi_create_int32(env, layout::VERSION, &version) == napi_ok &&
                       napi_set_named_property(env, exports, "version", version) == napi_ok &&
                       add_function(env, exports, "open", open) && add_function(env, exports, "flush", flush) &&
                       add_function(env, exports, "measure", measure) && add_function(env, exports, "steer", steer) &&
                       add_function(env, exports, "close", close);
  return is_fine ? exports : nullptr;
}
