/* A freeDiameter extension for tests: it takes every command of the SIP application. What comes this far, freeDiameter has
   read by its own dictionary and found to follow the grammar of the command; the rest it answers with an error itself. */
#include <freeDiameter/extension.h>

static int judge(struct msg **message, struct avp *avp, struct session *session, void *data, enum disp_action *action) {
  struct msg_hdr *header = NULL;
  CHECK_FCT(fd_msg_hdr(*message, &header));
  if (!(header->msg_flags & CMD_FLAG_REQUEST)) return 0;
  CHECK_FCT(fd_msg_new_answer_from_req(fd_g_config->cnf_dict, message, 0));
  CHECK_FCT(fd_msg_rescode_set(*message, "DIAMETER_SUCCESS", NULL, NULL, 1));
  const char *names[] = {"Auth-Application-Id", "Auth-Session-State"};
  const uint32_t values[] = {6, 1};
  for (int i = 0; i < 2; i++) {
    struct dict_object *found = NULL;
    struct avp *made = NULL;
    union avp_value value;
    CHECK_FCT(fd_dict_search(fd_g_config->cnf_dict, DICT_AVP, AVP_BY_NAME, names[i], &found, ENOENT));
    CHECK_FCT(fd_msg_avp_new(found, 0, &made));
    value.u32 = values[i];
    CHECK_FCT(fd_msg_avp_setvalue(made, &value));
    CHECK_FCT(fd_msg_avp_add(*message, MSG_BRW_LAST_CHILD, made));
  }
  CHECK_FCT(fd_msg_send(message, NULL, NULL));
  return 0;
}

static int begin(char *setting) {
  struct disp_when when;
  struct dict_object *application = NULL;
  struct disp_hdl *handle = NULL;
  application_id_t six = 6;
  CHECK_FCT(fd_dict_search(fd_g_config->cnf_dict, DICT_APPLICATION, APPLICATION_BY_ID, &six, &application, ENOENT));
  memset(&when, 0, sizeof when);
  when.app = application;
  CHECK_FCT(fd_disp_register(judge, DISP_HOW_APPID, &when, NULL, &handle));
  return fd_disp_app_support(application, NULL, 1, 0);
}

void fd_ext_fini(void) {}

EXTENSION_ENTRY("judge", begin);
