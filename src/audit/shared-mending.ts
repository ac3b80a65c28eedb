import type { Mending } from './attack.ts'

// One text for one fault that several attacks find.

/** Calls that hang. */
export const MENDING_OF_PENDING_CALLS: Mending = {
  aspis:
    'On by default: `requests-per-account` and `pending-per-account` of `limits`; calls at once by `policy: limits`.',
  kamailio:
    'Count calls of an account by `set_dlg_profile()` and `get_profile_size()` of dialog and refuse more; bound rates by `pl_check()` of pipelimit.',
  opensips:
    'Count calls of an account by `set_dlg_profile()` and `get_profile_size()` of dialog and refuse more; bound rates by `rl_check()` of ratelimit.',
  asterisk: 'Count calls of an endpoint by `GROUP_COUNT()` in the dialplan before `Dial()`, and refuse more.',
}

/** NOTIFY of strangers. */
export const MENDING_OF_NOTIFY: Mending = {
  aspis: 'On by default: every request needs credentials or the proof of its dialog.',
  kamailio:
    'Ask for credentials whatever From says: `proxy_authorize(…)` for NOTIFY too, or drop it from outside (`if (is_method("NOTIFY") && !allow_source_address()) exit;`).',
  opensips:
    'Ask for credentials whatever From says: `proxy_authorize(…)` for NOTIFY too, or drop it from outside (`check_source_address(…)`).',
  asterisk: 'Asterisk sends no NOTIFY of others on: nothing to do.',
}

/** Routes that strangers choose. */
export const MENDING_OF_RELAYS: Mending = {
  aspis:
    'On by default: strangers go nowhere but to own users, and only rules let users out (`rules`, `trunks`).',
  kamailio:
    'After `loose_route()` relay only what `is_known_dlg()` of the dialog module knows or `proxy_authorize(…)` proves; reply 403 to the rest.',
  opensips:
    'After `loose_route()` relay only what `validate_dialog()` accepts or `proxy_authorize()` proves; reply 403 to the rest.',
  asterisk:
    'A back-to-back user agent calls what its dialplan says: keep strangers (`anonymous` endpoint) out of contexts that dial.',
}

/** Contacts that are no telephone of the user. */
export const MENDING_OF_FOREIGN_CONTACTS: Mending = {
  aspis:
    'On by default: a contact must be at the source of its REGISTER; `foreign-contacts` under `insecure` opens it.',
  kamailio:
    'Refuse a REGISTER whose Contact is not at `$si`, or call `fix_nated_register()` of nathelper so that calls go to the source.',
  opensips:
    'Refuse a REGISTER whose Contact is not at `$si`, or call `fix_nated_register()` of nathelper so that calls go to the source.',
  asterisk:
    'Set `rewrite_contact=yes` on endpoints, so that calls go to the source; or `contact_deny` and `contact_permit` in an `acl`.',
}

/** Bindings that another user changes. */
export const MENDING_OF_OTHERS_BINDINGS: Mending = {
  aspis: 'On by default: credentials are good for the address-of-record of their user alone.',
  kamailio:
    'Compare `$au` with `$tU` after `auth_check()`, flag 1 of which looks at the user name, or call `check_to()` of uri_db.',
  opensips:
    'Compare `$au` with `$tU` after `www_authorize()`, or call `db_is_to_authorized("uri")` of auth_db, and refuse what differs.',
  asterisk: 'An `auth` is good for the `aors` of its endpoint alone: share no endpoint between users.',
}

/** Bindings that a stranger changes. */
export const MENDING_OF_OPEN_BINDINGS: Mending = {
  aspis: 'On by default: REGISTER needs fresh credentials of its own user, whatever its tags say.',
  kamailio:
    'Challenge REGISTER in every route (`auth_check("$fd", "subscriber", "1")`), also when it carries a To tag.',
  opensips:
    'Challenge every REGISTER: `if (!www_authorize("", "subscriber")) { www_challenge("", "auth"); exit; }`, then compare `$au` with `$tU`.',
  asterisk: 'Give each `aor` an `endpoint` with `auth`, and take `anonymous` endpoints away.',
}

/** Responses to a request of others. */
export const MENDING_OF_FORGED_RESPONSES: Mending = {
  aspis: 'On by default: a response must come from the address that its request was sent to.',
  kamailio:
    'tm matches by branch alone: note where requests go in `onsend_route` (`$sht(went=>$ci::$sndto(ip)) = 1` of htable), and `drop` in the nameless `onreply_route` what comes from elsewhere.',
  opensips:
    'tm matches by branch alone: note where branches go by Call-ID (`cache_store("local", …)` in `branch_route`), and `drop` in the nameless `onreply_route` what comes from another `$si`.',
  asterisk: 'PJSIP matches by branch alone: use TLS toward endpoints and trunks.',
}

/** Requests that move the media of a call. */
export const MENDING_OF_MEDIA_THEFT: Mending = {
  aspis:
    'On by default: requests within dialogs need the proof of their dialog and its source, or credentials.',
  kamailio:
    'Challenge within dialogs too: `if (has_totag() && is_method("INVITE|UPDATE") && !proxy_authorize(…)) { proxy_challenge(…); exit; }` before `loose_route()`.',
  opensips:
    'Call `proxy_authorize()` for INVITE and UPDATE with a To tag before `loose_route()`, and `validate_dialog()` behind it.',
  asterisk: 'PJSIP matches dialogs by tags: use TLS, and SRTP so that moved media cannot be heard.',
}

/** Responses that answer nothing. */
export const MENDING_OF_STRAY_RESPONSES: Mending = {
  aspis: 'On by default: a response without its transaction is dropped.',
  kamailio:
    'Set `on_sl_reply` of tm to a route that does `drop`: replies without a transaction are not forwarded.',
  opensips:
    'Leave `disable_stateless_fwd` on, the default, and call no `forward()`: responses without a transaction are dropped then.',
  asterisk: 'A back-to-back user agent forwards no response: nothing to do.',
}

/** Requests of dialogs that never were. */
export const MENDING_OF_INVENTED_TAGS: Mending = {
  aspis:
    'On by default: a To tag without the proof of its dialog is worth nothing, and credentials are asked for.',
  kamailio:
    'Challenge every request with a To tag but ACK and CANCEL: `proxy_authorize(…)` before `loose_route()`.',
  opensips:
    'Call `proxy_authorize()` for every request with a To tag but ACK before `loose_route()`, and `validate_dialog()` behind it.',
  asterisk: 'PJSIP answers a dialog that it does not know with 481: nothing to do.',
}

/** REGISTER for another address-of-record. */
export const MENDING_OF_REGISTRATIONS_FOR_OTHERS: Mending = {
  aspis: 'On by default: the address in To must be of the account that logged in.',
  kamailio: 'Use `auth_check("$fd", "subscriber", "1")`, or compare `$au` with `$tU` before `save()`.',
  opensips: 'Compare `$au` with `$tU` before `save()`, or call `db_is_to_authorized("uri")` of auth_db.',
  asterisk: 'Give each endpoint its own `aors`; a REGISTER for another address is refused then.',
}

/** Requests that were recorded. */
export const MENDING_OF_RECORDINGS: Mending = {
  aspis: 'On by default: a nonce is bound to its source, and each count is good once.',
  kamailio:
    'Set `qop` to "auth" and `nonce_count` to 1 in the auth module, with a transaction made before (`t_newtran()`).',
  opensips: 'Leave `disable_nonce_check` of the auth module at 0: nonces are good once then.',
  asterisk: 'PJSIP keeps no counts: use TLS, and a short `nonce_lifetime` of the auth object.',
}
