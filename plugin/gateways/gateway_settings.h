/* gateway_settings.h - the keys of gateways.settings, and what each may hold. */
#ifndef PURSER_GATEWAY_SETTINGS_H
#define PURSER_GATEWAY_SETTINGS_H

#include "../gateway.h"

/**
  Check the names of all keys, and the values of those that are no numbers: an adapter may then take
  them as they are. Null counts as absent.
  @retval 0 @retval -1 err (ERROR_CONFIG) names the key; where it is unknown, the known ones too
*/
int gateway_settings_check(const struct gateway_adapter *adapter, const json_t *settings,
                           struct error *err);

/** A text that gateway_settings_check has let pass, or fallback. Borrowed from settings. */
const char *gateway_setting_text(const json_t *settings, const char *key, const char *fallback);

#endif
