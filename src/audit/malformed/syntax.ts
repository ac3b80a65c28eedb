import { field, plus, startLine } from './edit.ts'
import { calls, queries, type Vector } from './vector.ts'

const uri = (change: (uri: string) => string) => (text: string) =>
  startLine(text, line => {
    const [method = '', given = '', version = ''] = line.split(' ')
    return `${method} ${change(given)} ${version}`
  })

/**
 * Start lines and fields that the grammar does not know, of the kinds that RFC 4475 §3.1.2 and §3.3 tell how to answer:
 * with 400, 416 or 505, never with success.
 */
export const brokenSyntax: readonly Vector[] = [
  ...queries({
    'version 7.0': text => startLine(text, line => line.replace('SIP/2.0', 'SIP/7.0')),
    'version 2': text => startLine(text, line => line.replace('SIP/2.0', 'SIP/2')),
    'no version': text => startLine(text, line => line.replace(' SIP/2.0', '')),
    'two blanks before the Request-URI': uri(given => ` ${given}`),
    'two blanks before the version': uri(given => `${given} `),
    'a tab before the Request-URI': text => startLine(text, line => line.replace(' ', '\t')),
    'a blank behind the version': text => startLine(text, line => `${line} `),
    'Request-URI in angle brackets': uri(given => `<${given}>`),
    'Request-URI with a blank in it': uri(given => `${given}; lr`),
    'Request-URI without a host': uri(() => 'sip:'),
    'Request-URI of an unknown scheme': uri(given => given.replace('sip:', 'unknown-scheme:')),
    'Request-URI with header fields': uri(given => `${given}?Route=%3Csip:audit.invalid%3E`),
    'Request-URI with a broken escape': uri(given => given.replace('sip:', 'sip:a%zz@')),
    'Request-URI with a port beyond any': uri(given => `${given}:99999`),
    'method that is no token': text => startLine(text, line => line.replace('REGISTER', 'REGIS(TER')),
    'a line without a colon': text => plus(text, 'a line without what parts name and value'),
    'a field without a name': text => plus(text, ': nameless'),
    'a field name with a blank in it': text => plus(text, 'Not A Name: x'),
    'the header never ends': text => text.slice(0, text.indexOf('\r\n\r\n') + 2),
    'From with a quote that never ends': text => field(text, 'From', value => `"never ends ${value}`),
    'To with blanks in its address': text => field(text, 'To', value => value.replace('@', ' @ ')),
    'CSeq beyond 32 bits': text => field(text, 'CSeq', () => '36893488147419103232 REGISTER'),
  }),
  ...calls({
    'To with a comma and no brackets': text => field(text, 'To', value => value.replace(/[<>]/g, ',')),
    'a call of an unknown version': text => startLine(text, line => line.replace('SIP/2.0', 'SIP/3.0')),
    'a call with two blanks before its target': uri(given => ` ${given}`),
  }),
]
