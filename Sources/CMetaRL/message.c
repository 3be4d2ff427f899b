#include "metarl.h"
#include "metarl_message.h"

#include <string.h>

// One for each thread, of fixed size: nothing is left behind when a thread ends.
static _Thread_local char message[4096];

void metarl_set_message(const char *text) {
  size_t count = strnlen(text, sizeof message - 1);
  // A character of several bytes is not cut in its middle.
  if (text[count] != 0)
    while (count > 0 && ((unsigned char)text[count] & 0xC0) == 0x80) count--;
  memcpy(message, text, count);
  message[count] = 0;
}

void metarl_clear_message(void) { message[0] = 0; }

const char *metarl_message(void) { return message; }

uint32_t metarl_interface_version(void) { return 2; }
