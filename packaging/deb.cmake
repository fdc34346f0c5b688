# The Debian packages, by CPack (./dev package): mariadb-plugin-purser and purser-client.
# What Debian wants otherwise than cmake --install has it is done in deb_stage.cmake, in the staged files.
set(revision 0purser1)
set(maintainer "$ENV{DEBFULLNAME} <$ENV{DEBEMAIL}>")
if("$ENV{DEBEMAIL}" STREQUAL "")
    set(maintainer "Purser maintainers <purser@packages.invalid>")
endif()
set(PURSER_MAINTAINER ${maintainer} CACHE STRING "Who answers for the Debian packages")

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME purser)
set(CPACK_PACKAGE_VERSION ${PURSER_VERSION})
set(CPACK_PACKAGE_CONTACT ${PURSER_MAINTAINER})
set(CPACK_PACKAGE_DIRECTORY ${CMAKE_BINARY_DIR}/packages)
set(CPACK_COMPONENTS_ALL plugin command)
set(CPACK_COMPONENTS_GROUPING IGNORE)
# purser.so goes to an absolute path
set(CPACK_SET_DESTDIR ON)
set(CPACK_INSTALL_PREFIX /usr)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_PRE_BUILD_SCRIPTS ${CMAKE_CURRENT_LIST_DIR}/deb_stage.cmake)
set(CPACK_PURSER_BUILD ${CMAKE_BINARY_DIR})
string(TIMESTAMP changelog_date "%a, %d %b %Y %H:%M:%S +0000" UTC) # or SOURCE_DATE_EPOCH

set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE ${revision})
set(CPACK_DEBIAN_PACKAGE_SOURCE purser)
set(CPACK_DEBIAN_PACKAGE_SECTION database)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_STRIP_FILES OFF) # deb_stage.cmake does it, also for the library

set(control ${CMAKE_CURRENT_LIST_DIR}/deb)
set(CPACK_DEBIAN_PLUGIN_PACKAGE_NAME mariadb-plugin-purser)
# those that purser.so accepts (plugin/compat.h), but for what lies between 10.11 and 11.4.2, which no Debian has
set(CPACK_DEBIAN_PLUGIN_PACKAGE_DEPENDS
    "mariadb-server (>= 1:10.11.8), mariadb-server (<< 1:11.9~), tzdata, ca-certificates")
set(CPACK_DEBIAN_PLUGIN_PACKAGE_RECOMMENDS "purser-client")
set(CPACK_DEBIAN_PLUGIN_PACKAGE_CONTROL_EXTRA
    ${control}/conffiles ${control}/postinst ${control}/prerm)
set(CPACK_COMPONENT_PLUGIN_DESCRIPTION "reconciliation of payments, inside MariaDB
Purser is one shared object for MariaDB. It compares the orders of a shop with
what the payment gateways say, watches the health of database and gateways,
counts what clients use, limits rates and keeps an audit log.
.
The package loads nothing by itself: INSTALL SONAME 'purser' does. An upgrade
takes effect when the server is restarted. README.Debian says how.")

set(CPACK_DEBIAN_COMMAND_PACKAGE_NAME purser-client)
set(CPACK_DEBIAN_COMMAND_PACKAGE_SUGGESTS "mariadb-plugin-purser, bash-completion")
set(CPACK_COMPONENT_COMMAND_DESCRIPTION "command of Purser, for MariaDB servers that have it
The command purser calls the procedures and reads the views of Purser, over
any connection to the server and with the rights of the account that logs in:
status, health, reconciliation, discrepancies, clients, packages, keys, usage,
rate limits, the audit log, constraints and alerts, as table, JSON or CSV.
.
With completions for bash, zsh and fish. Libraries for the client API in
JavaScript, Python and PHP, and examples, are among the documentation.")

configure_file(${control}/changelog.in ${CMAKE_BINARY_DIR}/share/changelog @ONLY)
include(CPack)
