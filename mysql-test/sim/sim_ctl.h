/* sim_ctl.h - the small client: "purser-sim ctl". */
#ifndef SIM_CTL_H
#define SIM_CTL_H

/** Run it on the words after "ctl". @return exit code: 0 on a status 2xx, 1 on another, 2 on
 * trouble */
int sim_ctl(int argc, char **argv);

#endif
