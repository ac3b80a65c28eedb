/** What `npm run bench -- --help` prints. */
export const USAGE = `usage: npm run bench -- [WHAT] [--quick] [options]
  what is measured:
    all          everything below, in this order; the default
    pairs        registrations, calls and OPTIONS on Aspis and on Kamailio, taken in turns in one run
    anatomy      where the time of a call goes, and what a raw echo of its datagrams in C takes
    protections  what digest, proof of a dialog, loop detection and others add to a call
    workers      calls on one worker and on two
    shape        how cost grows with users, calls in progress, message size, header fields, forks and domains
    flood        what octets that are no SIP cost a server that runs
    protection   floods, forgeries, offices and insiders, on Aspis with and without the kernel, and on Kamailio
    replay       how fast aspis replay reads a capture and shows it to the detectors
    soak         p99 at half load, then --minutes N (10) at 70 %: stalls of the event loop, memory over time
    micro        what single parts cost, each in a process of its own, with the functions that took the time
    detect       what the detectors find and whom they accuse: attacks at three rates, evasions, a day of honest people
    corpus       the same traffic as captures with labels, for any detector: --out DIR --seed N
    score        verdicts of any detector about such a corpus: --labels FILE --verdicts FILE
                 (the last three are not part of all)
  options of detect and corpus:
    --runs N     of each class of attack and rate; 30 by default, 1 with --quick
    --only TEXT  classes whose names begin so
    --cost       of detect: what the detectors cost, and nothing else
    --list       of detect: the list of detectors in docs/detection.md, and nothing else
  options of pairs:
    --workloads  a REGISTER  b the same with digest  c a call  d the same with digest  e OPTIONS
                 g a call beside Kamailio without transactions; default all
    --transport  udp,tcp,tls; default all, with --quick udp
    --datagrams  native, node or both: how Aspis reads and writes datagrams
    --reps       rounds; 5 by default, 1 with --quick
    --alone      without Kamailio
    --no-tenth   without the rounds at a tenth of the rate; --tenth asks for them with --quick
    --profile    leaves CPU profiles of Aspis in ./bench-profiles (--profile-to DIR elsewhere) and prints where the
                 time went; a profile costs time itself, so such figures are for looking, not for comparing
  options of protection:
    --goals      S1,S2,S3,S4,S5,S6,S7,S8,S11; default all; with --write-docs the others stay as they were
    --minutes    of the floods of S1 and S3; one by default
    --alone      without Kamailio
  --quick        once and shorter
  --tree DIR     measures the server of another checkout
  --out FILE     writes every figure as JSON
  --write-docs   takes the results over into docs/performance.md, its pictures and docs/performance.json; of detect
                 into docs/detection.md and its picture
  example: npm run bench -- pairs --workloads c --transport udp --reps 1 --datagrams native`
