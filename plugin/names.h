/* names.h - sizes of names that are passed around. */
#ifndef PURSER_NAMES_H
#define PURSER_NAMES_H

#define GATEWAY_NAME_SIZE 257 /* gateways.name: VARCHAR(64) utf8mb4, and a NUL */

#endif
