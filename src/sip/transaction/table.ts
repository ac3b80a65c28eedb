/**
 * The words of the four state machines (RFC 3261 §17, RFC 6026 §7): each machine is a table, one row a state,
 * one cell an event. A cell says the next state and, in order, what the layer does. An event without a cell is
 * ignored. Words that only hold for unreliable transports (timers A, E, G) do nothing on reliable ones.
 */

/** Timers by their letters of RFC 3261 table 4 and RFC 6026 §8.11, and three without a letter. */
export type TimerName =
  | 'timer A'
  | 'timer B'
  | 'timer D'
  | 'timer E'
  | 'timer F'
  | 'timer G'
  | 'timer H'
  | 'timer I'
  | 'timer J'
  | 'timer K'
  | 'timer L'
  | 'timer M'
  /** RFC 3261 §17.2.1, RFC 4320 §4.1: the request had no response so far. */
  | 'timer 100'
  /** RFC 3261 §9.1: 64*T1 after a CANCEL nobody waits for a final response any more. */
  | 'timer cancel'

export type ClientState = 'calling' | 'trying' | 'proceeding' | 'completed' | 'accepted' | 'terminated'

export type ClientEvent = TimerName | '1xx' | '2xx' | '300-699' | 'cancel' | 'transport error'

export type ClientAction =
  | 'pass up'
  | 'report timeout'
  | 'report transport error'
  | 'send ACK'
  /** The user may have asked for it before anything came back (TXN-17); starts timer cancel. */
  | 'send CANCEL if wanted'
  | 'send request'
  | 'start A'
  | 'start B'
  | 'start D'
  | 'start E'
  | 'start E at T2'
  | 'start F'
  | 'start K'
  | 'start M'
  | 'stop A'
  | 'stop B'
  | 'stop E'
  | 'stop F'

export type ServerState = 'trying' | 'proceeding' | 'completed' | 'confirmed' | 'accepted' | 'terminated'

export type ServerEvent =
  | TimerName
  | 'ACK'
  | 'CANCEL'
  | 'request'
  | 'transport error'
  /** The rest comes from the transaction user. */
  | '1xx'
  | '2xx'
  | '300-699'
  | '408'

export type ServerAction =
  | 'pass ACK up'
  | 'pass CANCEL up'
  | 'report timeout'
  | 'report transport error'
  | 'send 100'
  | 'send response'
  | 'start 100'
  | 'start F'
  | 'start G'
  | 'start H'
  | 'start I'
  | 'start J'
  | 'start L'
  | 'stay silent'
  | 'stop 100'
  | 'stop F'
  | 'stop G'
  | 'stop H'

/** Next state, then what the layer does, in order. */
export type Cell<State, Action> = readonly [State, ...Action[]]

export type Table<State extends string, Event extends string, Action> = {
  readonly [state in State]?: { readonly [event in Event]?: Cell<State, Action> }
}

/** A client machine: where it begins, and its table. */
export interface ClientMachine {
  readonly start: Cell<ClientState, ClientAction>
  readonly table: Table<ClientState, ClientEvent, ClientAction>
}

/** A server machine: where it begins, and its table. */
export interface ServerMachine {
  readonly start: Cell<ServerState, ServerAction>
  readonly table: Table<ServerState, ServerEvent, ServerAction>
}
