/**
 * The octets of base64url text (RFC 4648 §5) in the one form that they have: no padding, no other alphabet, no bits
 * left over. Else one signature would have many texts, and a change in a text need not be a change in what it says.
 * @returns undefined when the text is empty or not in that form
 */
export function octetsOfBase64url(text: string): Buffer | undefined {
  const octets = Buffer.from(text, 'base64url')
  return octets.length > 0 && octets.toString('base64url') === text ? octets : undefined
}
