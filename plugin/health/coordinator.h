/* coordinator.h - the thread purser-health. */
#ifndef PURSER_HEALTH_COORDINATOR_H
#define PURSER_HEALTH_COORDINATOR_H

/** Body of the thread; ends when the plugin is stopped. @param unused NULL */
void coordinator_body(void *unused);

#endif
