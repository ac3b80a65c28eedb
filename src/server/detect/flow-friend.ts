/** Who may tell the kernel whom to let pass. */
export interface FlowFriend {
  /** Somebody logged in from there, over UDP. */
  proved(ip: string, port: number): void
  /** We ourselves sent a request there, and wait for what it says. */
  spoken(ip: string, port: number): void
}
