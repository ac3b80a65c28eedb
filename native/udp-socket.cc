#include "udp-socket.h"

#include <arpa/inet.h>
#include <linux/errqueue.h>
#include <linux/filter.h>
#include <netdb.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace {

using namespace layout;

// Errors that one call reads: whoever provokes them gets no more of our time than this.
constexpr int MAX_ERRORS_READ = 64;
// How often one call is tried again because of what is said of another datagram.
constexpr int MAX_ATTEMPTS = 4;
// Position of the drop counter in what SO_MEMINFO gives (linux/sock_diag.h, SK_MEMINFO_DROPS).
constexpr size_t MEMINFO_DROPS = 8;
// Position of the octets in the receive queue (SK_MEMINFO_RMEM_ALLOC).
constexpr size_t MEMINFO_QUEUED = 0;

void write_ipv4(int32_t* words, in_addr address) { words[0] = static_cast<int32_t>(ntohl(address.s_addr)); }

in_addr read_ipv4(const int32_t* words) { return {htonl(static_cast<uint32_t>(words[0]))}; }

void write_ipv6(int32_t* words, const in6_addr& address) {
  for (size_t at = 0; at < 4; at += 1) {
    uint32_t word;
    memcpy(&word, address.s6_addr + 4 * at, 4);
    words[at] = static_cast<int32_t>(ntohl(word));
  }
}

in6_addr read_ipv6(const int32_t* words) {
  in6_addr address;
  for (size_t at = 0; at < 4; at += 1) {
    const uint32_t word = htonl(static_cast<uint32_t>(words[at]));
    memcpy(address.s6_addr + 4 * at, &word, 4);
  }
  return address;
}

void set(int fd, int level, int option, int value) {
  // What an old kernel does not know is gone without; what matters is checked where it is used.
  (void)setsockopt(fd, level, option, &value, sizeof value);
}

// Asks for more than net.core.rmem_max where this process may, else for what there is.
void set_buffer(int fd, int forced, int plain, int bytes) {
  if (setsockopt(fd, SOL_SOCKET, forced, &bytes, sizeof bytes) != 0) set(fd, SOL_SOCKET, plain, bytes);
}

// The answer of the network to one of our datagrams, as the system files it.
bool is_from_network(const sock_extended_err& error) {
  return error.ee_origin == SO_EE_ORIGIN_ICMP || error.ee_origin == SO_EE_ORIGIN_ICMP6;
}

}  // namespace

int UdpSocket::open(const BindOptions& options) {
  addrinfo hints{};
  hints.ai_flags = AI_NUMERICHOST | AI_PASSIVE;
  hints.ai_socktype = SOCK_DGRAM;
  addrinfo* found = nullptr;
  if (getaddrinfo(options.ip, nullptr, &hints, &found) != 0) return EINVAL;
  sockaddr_storage address{};
  memcpy(&address, found->ai_addr, found->ai_addrlen);
  freeaddrinfo(found);

  is_v6_ = address.ss_family == AF_INET6;
  if (is_v6_) {
    auto& v6 = reinterpret_cast<sockaddr_in6&>(address);
    v6.sin6_port = htons(options.port);
    is_wildcard_ = IN6_IS_ADDR_UNSPECIFIED(&v6.sin6_addr);
  } else {
    auto& v4 = reinterpret_cast<sockaddr_in&>(address);
    v4.sin_port = htons(options.port);
    is_wildcard_ = v4.sin_addr.s_addr == htonl(INADDR_ANY);
  }

  fd_ = socket(address.ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd_ < 0) return errno;
  set_options(options);
  socklen_t length = address_bytes();
  if (bind(fd_, reinterpret_cast<sockaddr*>(&address), length) != 0 ||
      getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &length) != 0) {
    const int error = errno;
    close();
    return error;
  }
  // The port stands at the same place for both versions.
  port_ = ntohs(reinterpret_cast<sockaddr_in&>(address).sin_port);
  prepare_receive();
  return 0;
}

void UdpSocket::close() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

void UdpSocket::set_options(const BindOptions& options) {
  if (is_v6_) {
    set(fd_, IPPROTO_IPV6, IPV6_V6ONLY, 1);
    set(fd_, IPPROTO_IPV6, IPV6_RECVERR, 1);
    if (is_wildcard_) set(fd_, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1);
  } else {
    set(fd_, IPPROTO_IP, IP_RECVERR, 1);
    if (is_wildcard_) set(fd_, IPPROTO_IP, IP_PKTINFO, 1);
  }
  if (options.is_port_shared) set(fd_, SOL_SOCKET, SO_REUSEPORT, 1);
  set_buffer(fd_, SO_RCVBUFFORCE, SO_RCVBUF, options.buffer_bytes);
  set_buffer(fd_, SO_SNDBUFFORCE, SO_SNDBUF, options.buffer_bytes);
}

void UdpSocket::prepare_receive() {
  for (size_t at = 0; at < RECEIVE_SLOTS; at += 1) {
    in_bytes_[at] = {memory_->slot(at), SLOT_BYTES};
    msghdr& header = in_[at].msg_hdr;
    header.msg_iov = &in_bytes_[at];
    header.msg_iovlen = 1;
    header.msg_name = &in_from_[at];
    header.msg_control = is_wildcard_ ? &in_ancillary_[at] : nullptr;
  }
}

size_t UdpSocket::receive() {
  for (auto& message : in_) {
    message.msg_hdr.msg_namelen = address_bytes();
    message.msg_hdr.msg_controllen = is_wildcard_ ? sizeof(Ancillary) : 0;
  }
  // An error of an earlier datagram comes up here once and says nothing of what waits.
  for (int attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
    const int count = recvmmsg(fd_, in_.data(), RECEIVE_SLOTS, MSG_DONTWAIT, nullptr);
    if (count >= 0) {
      for (int at = 0; at < count; at += 1) describe(static_cast<size_t>(at));
      return static_cast<size_t>(count);
    }
    if (errno == EAGAIN || errno == EWOULDBLOCK) return 0;
    if (errno != EINTR) read_errors();
  }
  return 0;
}

void UdpSocket::describe(size_t at) {
  int32_t* words = memory_->received(at);
  words[LENGTH] = static_cast<int32_t>(std::min<size_t>(in_[at].msg_len, SLOT_BYTES));
  words[SCOPE] = 0;
  if (is_v6_) {
    const auto& from = reinterpret_cast<const sockaddr_in6&>(in_from_[at]);
    words[PORT] = ntohs(from.sin6_port);
    write_ipv6(words + REMOTE, from.sin6_addr);
    words[SCOPE] = static_cast<int32_t>(from.sin6_scope_id);
  } else {
    const auto& from = reinterpret_cast<const sockaddr_in&>(in_from_[at]);
    words[PORT] = ntohs(from.sin_port);
    write_ipv4(words + REMOTE, from.sin_addr);
  }
  if (!is_wildcard_) return;
  std::fill_n(words + LOCAL, 4, 0);
  msghdr* header = &in_[at].msg_hdr;
  for (cmsghdr* each = CMSG_FIRSTHDR(header); each != nullptr; each = CMSG_NXTHDR(header, each)) {
    if (each->cmsg_level == IPPROTO_IP && each->cmsg_type == IP_PKTINFO) {
      in_pktinfo info;
      memcpy(&info, CMSG_DATA(each), sizeof info);
      // The address that an answer leaves by, for a broadcast too.
      write_ipv4(words + LOCAL, info.ipi_spec_dst);
    } else if (each->cmsg_level == IPPROTO_IPV6 && each->cmsg_type == IPV6_PKTINFO) {
      in6_pktinfo info;
      memcpy(&info, CMSG_DATA(each), sizeof info);
      if (!IN6_IS_ADDR_MULTICAST(&info.ipi6_addr)) write_ipv6(words + LOCAL, info.ipi6_addr);
    }
  }
}

bool UdpSocket::flush() {
  const auto count = static_cast<size_t>(
      std::clamp<int32_t>(memory_->control(SEND_COUNT), 0, static_cast<int32_t>(SEND_SLOTS)));
  // Headers are filled in one go; a datagram whose words make no sense is left out.
  size_t ready = 0;
  while (ready < count && prepare_send(ready)) ready += 1;
  size_t done = 0;
  int attempts = 0;
  while (done < count) {
    if (done == ready) {
      tell_error(EINVAL, memory_->outgoing(done)[PORT], memory_->outgoing(done) + REMOTE);
      done = ready += 1;
      while (ready < count && prepare_send(ready)) ready += 1;
      continue;
    }
    const int sent = sendmmsg(fd_, &out_[done], static_cast<unsigned>(ready - done), MSG_DONTWAIT);
    if (sent > 0) {
      done += static_cast<size_t>(sent);
      attempts = 0;
      continue;
    }
    const int error = errno;
    if (error == EINTR) continue;
    if (error == EAGAIN || error == EWOULDBLOCK) {
      drop_sent(done);
      return false;
    }
    // It may be what the network said of an earlier datagram: then the same one goes at the next attempt.
    attempts += 1;
    if (read_errors() > 0 && attempts < MAX_ATTEMPTS) continue;
    attempts = 0;
    // A full queue of the interface, or a crowd of refusals, says nothing of this destination.
    if (error == ENOBUFS || error == ECONNREFUSED) memory_->count(LOST_COUNT);
    else tell_error(error, memory_->outgoing(done)[PORT], memory_->outgoing(done) + REMOTE);
    done += 1;
  }
  drop_sent(count);
  return true;
}

bool UdpSocket::prepare_send(size_t at) {
  // Each word is read once: the memory is JavaScript's too.
  int32_t words[DATAGRAM_WORDS];
  memcpy(words, memory_->outgoing(at), sizeof words);
  const int64_t offset = words[OFFSET];
  const int64_t length = words[LENGTH];
  if (offset < 0 || length < 0 || offset + length > static_cast<int64_t>(SEND_BYTES)) return false;
  out_bytes_[at] = {memory_->outgoing_bytes() + offset, static_cast<size_t>(length)};
  msghdr& header = out_[at].msg_hdr;
  header = {};
  header.msg_iov = &out_bytes_[at];
  header.msg_iovlen = 1;
  header.msg_name = &out_to_[at];
  header.msg_namelen = address_bytes();
  const auto port = htons(static_cast<uint16_t>(words[PORT]));
  if (is_v6_) {
    auto& to = reinterpret_cast<sockaddr_in6&>(out_to_[at]);
    to = {};
    to.sin6_family = AF_INET6;
    to.sin6_port = port;
    to.sin6_addr = read_ipv6(words + REMOTE);
    to.sin6_scope_id = static_cast<uint32_t>(words[SCOPE]);
  } else {
    auto& to = reinterpret_cast<sockaddr_in&>(out_to_[at]);
    to = {};
    to.sin_family = AF_INET;
    to.sin_port = port;
    to.sin_addr = read_ipv4(words + REMOTE);
  }
  if (is_wildcard_) pin(header, out_ancillary_[at], words);
  return true;
}

void UdpSocket::pin(msghdr& header, Ancillary& room, const int32_t* words) {
  const int32_t* local = words + LOCAL;
  if (std::all_of(local, local + 4, [](int32_t word) { return word == 0; })) return;
  header.msg_control = &room;
  room = {};
  if (is_v6_) {
    header.msg_controllen = CMSG_SPACE(sizeof(in6_pktinfo));
    cmsghdr* each = CMSG_FIRSTHDR(&header);
    *each = {CMSG_LEN(sizeof(in6_pktinfo)), IPPROTO_IPV6, IPV6_PKTINFO};
    in6_pktinfo info{};
    info.ipi6_addr = read_ipv6(local);
    info.ipi6_ifindex = static_cast<unsigned>(words[SCOPE]);
    memcpy(CMSG_DATA(each), &info, sizeof info);
  } else {
    header.msg_controllen = CMSG_SPACE(sizeof(in_pktinfo));
    cmsghdr* each = CMSG_FIRSTHDR(&header);
    *each = {CMSG_LEN(sizeof(in_pktinfo)), IPPROTO_IP, IP_PKTINFO};
    in_pktinfo info{};
    info.ipi_spec_dst = read_ipv4(local);
    memcpy(CMSG_DATA(each), &info, sizeof info);
  }
}

void UdpSocket::drop_sent(size_t done) {
  int32_t& count = memory_->control(SEND_COUNT);
  const size_t all = static_cast<size_t>(std::clamp<int32_t>(count, 0, static_cast<int32_t>(SEND_SLOTS)));
  const size_t left = all - std::min(done, all);
  if (left > 0 && done > 0) {
    memmove(memory_->outgoing(0), memory_->outgoing(done), left * 4 * DATAGRAM_WORDS);
    const int32_t start = std::clamp<int32_t>(memory_->outgoing(0)[OFFSET], 0, SEND_BYTES);
    const int32_t end = std::clamp<int32_t>(memory_->control(USED_BYTES), start, SEND_BYTES);
    memmove(memory_->outgoing_bytes(), memory_->outgoing_bytes() + start, static_cast<size_t>(end - start));
    for (size_t at = 0; at < left; at += 1) {
      int32_t& offset = memory_->outgoing(at)[OFFSET];
      offset = static_cast<int32_t>(static_cast<int64_t>(offset) - start);
    }
    memory_->control(USED_BYTES) = end - start;
  }
  if (left == 0) memory_->control(USED_BYTES) = 0;
  count = static_cast<int32_t>(left);
}

int UdpSocket::read_errors() {
  int read = 0;
  for (; read < MAX_ERRORS_READ; read += 1) {
    Address to{};
    char room[512];
    char payload[1];
    iovec bytes{payload, sizeof payload};
    msghdr header{};
    header.msg_name = &to;
    header.msg_namelen = sizeof to;
    header.msg_iov = &bytes;
    header.msg_iovlen = 1;
    header.msg_control = room;
    header.msg_controllen = sizeof room;
    if (recvmsg(fd_, &header, MSG_ERRQUEUE | MSG_DONTWAIT) < 0) break;
    for (cmsghdr* each = CMSG_FIRSTHDR(&header); each != nullptr; each = CMSG_NXTHDR(&header, each)) {
      const bool is_error = (each->cmsg_level == IPPROTO_IP && each->cmsg_type == IP_RECVERR) ||
                            (each->cmsg_level == IPPROTO_IPV6 && each->cmsg_type == IPV6_RECVERR);
      if (!is_error || each->cmsg_len < CMSG_LEN(sizeof(sock_extended_err))) continue;
      sock_extended_err error;
      memcpy(&error, CMSG_DATA(each), sizeof error);
      // A path with a smaller MTU is no fault: the system cuts the next datagram to it.
      if (is_from_network(error) && error.ee_errno != EMSGSIZE)
        tell_error(static_cast<int>(error.ee_errno), to);
    }
  }
  return read;
}

void UdpSocket::tell_error(int error, const sockaddr_storage& address) {
  int32_t words[4]{};
  if (address.ss_family == AF_INET6) {
    const auto& to = reinterpret_cast<const sockaddr_in6&>(address);
    write_ipv6(words, to.sin6_addr);
    tell_error(error, ntohs(to.sin6_port), words);
  } else if (address.ss_family == AF_INET) {
    const auto& to = reinterpret_cast<const sockaddr_in&>(address);
    write_ipv4(words, to.sin_addr);
    tell_error(error, ntohs(to.sin_port), words);
  }
}

void UdpSocket::tell_error(int error, int32_t port, const int32_t* address) {
  int32_t& count = memory_->control(ERROR_COUNT);
  if (count < 0 || static_cast<size_t>(count) >= ERRORS) {
    memory_->count(LOST_COUNT);
    return;
  }
  int32_t* words = memory_->error(static_cast<size_t>(count));
  words[ERRNO] = error;
  words[ERROR_PORT] = port;
  std::copy_n(address, 4, words + ERROR_ADDRESS);
  count += 1;
}

int UdpSocket::steer(const void* program, size_t instructions) {
  // The system copies it and refuses what could do harm.
  const sock_fprog filter{static_cast<unsigned short>(instructions),
                          static_cast<sock_filter*>(const_cast<void*>(program))};
  return setsockopt(fd_, SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, &filter, sizeof filter) == 0 ? 0 : errno;
}

void UdpSocket::measure() {
  int bytes = 0;
  socklen_t length = sizeof bytes;
  if (getsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &bytes, &length) == 0)
    memory_->control(RECEIVE_BUFFER_BYTES) = bytes;
  // The counter that SO_RXQ_OVFL would attach to a later datagram: asked for here it costs no datagram anything, and is
  // known when none comes any more.
  std::array<uint32_t, MEMINFO_DROPS + 1> figures{};
  length = sizeof figures;
  if (getsockopt(fd_, SOL_SOCKET, SO_MEMINFO, figures.data(), &length) != 0 || length != sizeof figures) return;
  memory_->control(OVERFLOWS) = static_cast<int32_t>(figures[MEMINFO_DROPS] & 0x7fffffff);
  memory_->control(QUEUED_BYTES) = static_cast<int32_t>(figures[MEMINFO_QUEUED] & 0x7fffffff);
}
