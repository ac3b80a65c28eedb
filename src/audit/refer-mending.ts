import type { Mending } from './attack.ts'

/** How a server keeps REFER to those who may send it. */
export const REFER_MENDING: Mending = {
  aspis:
    '`refer: out-of-dialog` says who may send REFER outside a call, rules where it may lead; both are narrow by default.',
  kamailio:
    'For `is_method("REFER")`: `proxy_authorize()` within dialogs too, then check `$rt` as you would check the `$ru` of a call.',
  opensips:
    'For `is_method("REFER")`: `proxy_authorize()` within dialogs too and `validate_dialog()` behind `loose_route()`, then check `$rt` as you would check the `$ru` of a call.',
  asterisk:
    '`allow_transfer=no` for endpoints that need no transfer; a context of its own for `TRANSFER_CONTEXT`.',
}
