import { z } from 'zod'
import { count, row } from './row.ts'

// biome-ignore format: one setting a line
export const DetectionObject = z.strictObject({
  kernel: row('auto, on or off', 'auto', "A table of the kernel's packet filter (nftables) drops the banned, lets pass who logged in and bounds strangers; auto: where nft and CAP_NET_ADMIN are there.", z.enum(['auto', 'on', 'off']).default('auto')),
  'kernel-strangers': row('number', '2000', 'Datagrams a second that the kernel lets in from addresses nobody logged in from, all of them together; a quarter of them from one /24 or /64.', count(10, 1_000_000).default(2000), { unit: 'datagrams a second' }),
})
