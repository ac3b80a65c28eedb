import type { Flow } from '../../base/flow.ts'
import { sourceOf } from '../../base/source-network.ts'
import { KnownSource } from '../../detect/source-tables.ts'
import type { Detection } from './detection.ts'
import type { ResponsePort } from './response-port.ts'

/** Has every finding told where something follows from it, with what is known of its address. */
export function reportFindings(detection: Detection, responses: ResponsePort): void {
  const { sources } = detection.engine.tables
  detection.onFinding(finding => {
    const { subject } = finding
    const source = subject.kind === 'source' ? sources.peek(subject.name) : undefined
    const known = source && {
      isProved: source.isProved,
      exemption: source.trunk === undefined ? undefined : ('trunk' as const),
    }
    responses.onFinding(finding, known)
  })
}

/** The address of a flow as sources are named; costs nothing where the flow is known. */
export function sourceNameOf({ seenAs, remote }: Flow): string {
  return seenAs instanceof KnownSource ? seenAs.ip : sourceOf(remote.ip)
}
