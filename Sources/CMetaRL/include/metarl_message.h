// What the implementation of the interface has to tell its callers; no part of the interface.

#ifndef METARL_MESSAGE_H
#define METARL_MESSAGE_H

/// Sets what `metarl_message` returns in this thread; a text that is too long is cut.
void metarl_set_message(const char *text);

/// Clears it.
void metarl_clear_message(void);

#endif
