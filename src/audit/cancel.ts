/** The CANCEL of an INVITE (RFC 3261 §9.1). @param via another than that of the INVITE */
export function cancelOf(invite: string, { via }: { readonly via?: string } = {}): string {
  const lines = invite.split('\r\n')
  const row = (name: string): string[] => lines.filter(line => line.toLowerCase().startsWith(`${name}:`))
  return [
    (lines[0] ?? '').replace('INVITE', 'CANCEL'),
    ...(via === undefined ? row('via').slice(0, 1) : [`Via: ${via}`]),
    'Max-Forwards: 70',
    ...row('route'),
    ...row('from'),
    ...row('to'),
    ...row('call-id'),
    `CSeq: ${Number.parseInt(row('cseq')[0]?.slice(5) ?? '1', 10)} CANCEL`,
    'Content-Length: 0',
    '',
    '',
  ].join('\r\n')
}
