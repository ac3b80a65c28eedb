/*
 * flood - sends SIP requests and responses over UDP from addresses of its choice, at a steady rate.
 *
 *   flood --to IP:PORT --pps N --seconds S --kind KIND [--sources M | --from IP:PORT] [--users N] [--realm R]
 *
 * KIND: invite, register (with a wrong response to a nonce that nobody made), options, response, dialog (ACK, BYE and
 * CANCEL in turn), mixed (all of them in turn). The M sources are addresses from 10.64.0.0 on, each datagram from one of
 * them and from any port. Prints one JSON line when it begins and one at its end. Needs CAP_NET_RAW; IPv4.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#define BATCH 64
#define MAX_BYTES 1400
#define FIRST_SOURCE 0x0a400000u /* 10.64.0.0 */
/* Behind by more than this, it goes on from now: a flood that was held up does not come twice as fast later. */
#define MAX_LATE_NS 50000000ull

enum kind { INVITE, REGISTER, OPTIONS, RESPONSE, ACK, BYE, CANCEL, KINDS };

static char to_ip[64] = "127.0.0.1", realm[64] = "bench.test";
static int to_port = 5060;
static double pps = 1000, seconds = 10;
static uint32_t sources = 1, users = 1000, from_ip;
static uint16_t from_port;
static uint64_t state = 88172645463325252ull;

static uint64_t random64(void) {
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return state;
}

static uint64_t now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000000ull + (uint64_t)t.tv_nsec;
}

static double wall_ms(void) {
  struct timespec t;
  clock_gettime(CLOCK_REALTIME, &t);
  return (double)t.tv_sec * 1000 + (double)t.tv_nsec / 1e6;
}

static const char SDP[] = "v=0\r\no=- 1 1 IN IP4 10.64.0.1\r\ns=-\r\nc=IN IP4 10.64.0.1\r\nt=0 0\r\n"
                          "m=audio 40000 RTP/AVP 0 8\r\na=sendrecv\r\n";

/* A message whose names are random; its length. */
static int write_message(char *text, enum kind kind, const char *ip, int port) {
  static const char *const METHODS[KINDS] = {"INVITE", "REGISTER", "OPTIONS", "", "ACK", "BYE", "CANCEL"};
  uint64_t a = random64(), b = random64();
  unsigned user = (unsigned)(a % users), caller = (unsigned)(b % users);
  if (kind == RESPONSE)
    return snprintf(text, MAX_BYTES,
                    "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP %s:%d;branch=z9hG4bK%016llx\r\n"
                    "Via: SIP/2.0/UDP %s:%d;branch=z9hG4bK%08x\r\nFrom: <sip:u%05u@%s>;tag=%08x\r\n"
                    "To: <sip:u%05u@%s>;tag=%08x\r\nCall-ID: %016llx\r\nCSeq: 1 INVITE\r\n"
                    "Contact: <sip:u%05u@%s:%d>\r\nContent-Length: 0\r\n\r\n",
                    to_ip, to_port, (unsigned long long)a, ip, port, (unsigned)b, caller, realm, (unsigned)(a >> 32), user,
                    realm, (unsigned)(b >> 32), (unsigned long long)b, user, ip, port);
  const char *method = METHODS[kind];
  int is_inside = kind == ACK || kind == BYE;
  char uri[128], tag[32] = "", extra[512] = "";
  if (kind == REGISTER || kind == OPTIONS) snprintf(uri, sizeof uri, "sip:%s", realm);
  else snprintf(uri, sizeof uri, "sip:u%05u@%s", user, realm);
  if (is_inside) snprintf(tag, sizeof tag, ";tag=%08x", (unsigned)(b >> 32));
  if (kind == REGISTER)
    snprintf(extra, sizeof extra,
             "Authorization: Digest username=\"u%05u\", realm=\"%s\", nonce=\"%016llx%016llx\", uri=\"%s\", "
             "response=\"%016llx%016llx%016llx%016llx\", algorithm=SHA-256, qop=auth, nc=00000001, cnonce=\"%08x\"\r\n"
             "Expires: 3600\r\n",
             user, realm, (unsigned long long)a, (unsigned long long)b, uri, (unsigned long long)b, (unsigned long long)a,
             (unsigned long long)~a, (unsigned long long)~b, (unsigned)a);
  const char *body = kind == INVITE ? SDP : "";
  return snprintf(text, MAX_BYTES,
                  "%s %s SIP/2.0\r\nVia: SIP/2.0/UDP %s:%d;branch=z9hG4bK%016llx;rport\r\nMax-Forwards: 70\r\n"
                  "From: <sip:u%05u@%s>;tag=%08x\r\nTo: <sip:u%05u@%s>%s\r\nCall-ID: %016llx\r\nCSeq: 1 %s\r\n"
                  "Contact: <sip:u%05u@%s:%d>\r\n%s%sContent-Length: %zu\r\n\r\n%s",
                  method, uri, ip, port, (unsigned long long)a, caller, realm, (unsigned)(a >> 32),
                  kind == REGISTER ? caller : user, realm, tag, (unsigned long long)b, method, caller, ip, port, extra,
                  kind == INVITE ? "Content-Type: application/sdp\r\n" : "", strlen(body), body);
}

static int kind_of(const char *name, uint64_t number) {
  static const enum kind DIALOG[] = {ACK, BYE, CANCEL};
  if (!strcmp(name, "invite")) return INVITE;
  if (!strcmp(name, "register")) return REGISTER;
  if (!strcmp(name, "options")) return OPTIONS;
  if (!strcmp(name, "response")) return RESPONSE;
  if (!strcmp(name, "dialog")) return DIALOG[number % 3];
  if (!strcmp(name, "mixed")) return (int)(number % KINDS);
  return -1;
}

static void address(const char *text, char *ip, size_t size, int *port) {
  const char *colon = strrchr(text, ':');
  if (colon == NULL || (size_t)(colon - text) >= size) exit(2);
  memcpy(ip, text, (size_t)(colon - text));
  ip[colon - text] = 0;
  *port = atoi(colon + 1);
}

int main(int count, char **argument) {
  const char *kind = "invite";
  for (int i = 1; i + 1 < count; i += 2) {
    const char *name = argument[i], *value = argument[i + 1];
    if (!strcmp(name, "--to")) address(value, to_ip, sizeof to_ip, &to_port);
    else if (!strcmp(name, "--pps")) pps = atof(value);
    else if (!strcmp(name, "--seconds")) seconds = atof(value);
    else if (!strcmp(name, "--kind")) kind = value;
    else if (!strcmp(name, "--sources")) sources = (uint32_t)atol(value);
    else if (!strcmp(name, "--users")) users = (uint32_t)atol(value);
    else if (!strcmp(name, "--realm")) snprintf(realm, sizeof realm, "%s", value);
    else if (!strcmp(name, "--from")) {
      char ip[64];
      int port;
      address(value, ip, sizeof ip, &port);
      from_ip = ntohl(inet_addr(ip));
      from_port = (uint16_t)port;
    } else {
      fprintf(stderr, "flood: no option %s\n", name);
      return 2;
    }
  }
  if (kind_of(kind, 0) < 0 || pps <= 0 || sources == 0 || users == 0) {
    fprintf(stderr, "flood: what is asked for makes no sense\n");
    return 2;
  }
  state ^= now_ns();
  int fd = socket(AF_INET, SOCK_RAW, IPPROTO_RAW);
  int size = 4 << 20;
  if (fd < 0) {
    perror("flood: socket");
    return 1;
  }
  setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr.s_addr = inet_addr(to_ip)};
  static char packets[BATCH][MAX_BYTES + 64];
  struct mmsghdr messages[BATCH];
  struct iovec parts[BATCH];
  memset(messages, 0, sizeof messages);
  uint64_t sent = 0, bytes = 0, failed = 0, made = 0;
  printf("{\"beganMs\": %.3f}\n", wall_ms());
  fflush(stdout);
  const uint64_t start = now_ns(), end = start + (uint64_t)(seconds * 1e9);
  uint64_t base = start, due = 0;
  for (uint64_t now = start; now < end; now = now_ns()) {
    uint64_t wanted = (uint64_t)((double)(now - base) * pps / 1e9);
    uint64_t late = (uint64_t)(MAX_LATE_NS / 1e9 * pps) + BATCH;
    if (wanted > due + late) {
      base = now;
      due = 0;
      continue;
    }
    if (wanted <= due) {
      struct timespec pause = {0, 500000};
      nanosleep(&pause, NULL);
      continue;
    }
    int batch = wanted - due > BATCH ? BATCH : (int)(wanted - due);
    for (int i = 0; i < batch; i++) {
      uint64_t r = random64();
      uint32_t source = from_ip != 0 ? from_ip : FIRST_SOURCE + 1 + (uint32_t)(r % sources);
      uint16_t port = from_port != 0 ? from_port : (uint16_t)(1024 + (r >> 32) % 60000);
      struct in_addr in = {htonl(source)};
      char name[32];
      snprintf(name, sizeof name, "%s", inet_ntoa(in));
      char *packet = packets[i];
      int length = write_message(packet + 28, kind_of(kind, made++), name, port);
      struct iphdr *ip = (struct iphdr *)packet;
      struct udphdr *udp = (struct udphdr *)(packet + 20);
      *ip = (struct iphdr){.version = 4, .ihl = 5, .ttl = 64, .protocol = IPPROTO_UDP, .saddr = in.s_addr,
                           .daddr = to.sin_addr.s_addr, .tot_len = htons((uint16_t)(length + 28))};
      *udp = (struct udphdr){.source = htons(port), .dest = htons((uint16_t)to_port), .len = htons((uint16_t)(length + 8))};
      parts[i] = (struct iovec){packet, (size_t)length + 28};
      messages[i].msg_hdr = (struct msghdr){.msg_name = &to, .msg_namelen = sizeof to, .msg_iov = &parts[i], .msg_iovlen = 1};
      bytes += (uint64_t)length;
    }
    int done = sendmmsg(fd, messages, (unsigned)batch, 0);
    if (done > 0) sent += (uint64_t)done;
    if (done < batch) failed += (uint64_t)(batch - (done > 0 ? done : 0));
    due += (uint64_t)batch;
  }
  double took = (double)(now_ns() - start) / 1e9;
  printf("{\"endedMs\": %.3f, \"sent\": %llu, \"failed\": %llu, \"bytes\": %llu, \"perSecond\": %.0f}\n", wall_ms(),
         (unsigned long long)sent, (unsigned long long)failed, (unsigned long long)bytes, (double)sent / took);
  return 0;
}
