/* purser_schema.h - the version of the schema that this code works with (sql/install.sql writes
 * it). */
#ifndef PURSER_SCHEMA_H
#define PURSER_SCHEMA_H

#include "purser_version.h"

#define PURSER_SCHEMA_VERSION 2

#endif
