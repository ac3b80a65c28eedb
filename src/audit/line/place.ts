import { isIP } from 'node:net'
import type { Address } from '../../base/flow.ts'

/** `192.0.2.1:5060`, `[2001:db8::1]:5060`. */
export function hostPort({ ip, port }: Address): string {
  return isIP(ip) === 6 ? `[${ip}]:${port}` : `${ip}:${port}`
}
