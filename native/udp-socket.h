// The system's side: one UDP socket that reads and writes batches. Knows nothing of JavaScript or of the event loop.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <memory>

#include "shared-memory.h"

struct BindOptions {
  const char* ip;
  uint16_t port;
  bool is_port_shared;
  // Wanted size of the system's buffers, each way.
  int buffer_bytes;
};

class UdpSocket {
 public:
  explicit UdpSocket(std::shared_ptr<SharedMemory> memory) : memory_(std::move(memory)) {}
  ~UdpSocket() { close(); }
  UdpSocket(const UdpSocket&) = delete;
  UdpSocket& operator=(const UdpSocket&) = delete;

  // Zero, or the errno of what failed.
  int open(const BindOptions& options);
  void close();

  int descriptor() const { return fd_; }
  int port() const { return port_; }

  // Reads one batch into the slots; the number of datagrams.
  size_t receive();
  // Sends what waits in the send buffer; false when the system takes no more for now: then the rest stays.
  bool flush();
  // Moves what the network said of earlier datagrams to the words of errors: how many, a bounded number in a call.
  int read_errors();
  // Writes figures that the system keeps into the words of control.
  void measure();
  // Lets a program of the packet filter divide datagrams among the sockets of this port; zero, or the errno.
  int steer(const void* program, size_t instructions);

 private:
  union Ancillary {
    cmsghdr align;
    char bytes[CMSG_SPACE(sizeof(in6_pktinfo))];
  };
  using Address = sockaddr_storage;

  socklen_t address_bytes() const { return is_v6_ ? sizeof(sockaddr_in6) : sizeof(sockaddr_in); }
  void set_options(const BindOptions& options);
  void prepare_receive();
  void describe(size_t at);
  bool prepare_send(size_t at);
  void pin(msghdr& header, Ancillary& room, const int32_t* words);
  // Forgets the first datagrams of the send buffer; what is left moves to the front.
  void drop_sent(size_t done);
  void tell_error(int error, int32_t port, const int32_t* address);
  void tell_error(int error, const sockaddr_storage& address);

  std::shared_ptr<SharedMemory> memory_;
  int fd_ = -1;
  int port_ = 0;
  bool is_v6_ = false;
  bool is_wildcard_ = false;

  std::array<mmsghdr, layout::RECEIVE_SLOTS> in_{};
  std::array<iovec, layout::RECEIVE_SLOTS> in_bytes_{};
  std::array<Address, layout::RECEIVE_SLOTS> in_from_{};
  std::array<Ancillary, layout::RECEIVE_SLOTS> in_ancillary_{};
  std::array<mmsghdr, layout::SEND_SLOTS> out_{};
  std::array<iovec, layout::SEND_SLOTS> out_bytes_{};
  std::array<Address, layout::SEND_SLOTS> out_to_{};
  std::array<Ancillary, layout::SEND_SLOTS> out_ancillary_{};
};
