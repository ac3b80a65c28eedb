/** The way to one RADIUS server: source ports or connections, numbered. */
export interface RadiusLink {
  /** Sends by one of them, opening it where it is not open. Never throws; a failure is told later. */
  send(lane: number, packet: Buffer): void
  close(): void
}

/** What comes of it; never called from inside `send`. */
export interface RadiusLinkEvents {
  received(lane: number, packet: Buffer): void
  /** It could not be opened, or closed; what was asked by it has no answer. */
  failed(lane: number, why: string): void
}
