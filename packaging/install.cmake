# What is installed beside the library and the command. Two components: plugin (with the SQL, the documentation and
# an option file to copy from), and command (with the libraries for clients and the examples).

# The option file is what this purser.so says of its options, so the server has to load it once.
set(options_file ${CMAKE_BINARY_DIR}/share/70-purser.cnf)
if(MARIADBD AND NOT PURSER_SANITIZE)
    add_custom_command(OUTPUT ${options_file}
        COMMAND sh -c "'${MARIADBD}' --no-defaults --plugin-dir='${CMAKE_BINARY_DIR}/plugin_dir' --plugin-maturity=unknown \
            --plugin-load-add=purser --help --verbose 2>'${options_file}.log' | awk -f '${CMAKE_CURRENT_LIST_DIR}/options.awk' \
            >'${options_file}.new' && grep -q '^#loose_purser_' '${options_file}.new' && mv '${options_file}.new' '${options_file}' || \
            { cat '${options_file}.log'; exit 1; }"
        DEPENDS purser ${CMAKE_CURRENT_LIST_DIR}/options.awk VERBATIM)
    add_custom_target(purser-options ALL DEPENDS ${options_file})
    install(FILES ${options_file} DESTINATION ${CMAKE_INSTALL_DATADIR}/purser COMPONENT plugin)
endif()

install(DIRECTORY sql/ DESTINATION ${CMAKE_INSTALL_DATADIR}/purser/sql COMPONENT plugin PATTERN bundle EXCLUDE)
install(DIRECTORY docs DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT plugin FILES_MATCHING PATTERN *.md
    PATTERN monitoring/*)
install(FILES LICENSE README.md CHANGELOG.md SECURITY.md DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT plugin)
install(DIRECTORY clients examples DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT command
    PATTERN cli EXCLUDE PATTERN tests EXCLUDE PATTERN test EXCLUDE PATTERN *.test.js EXCLUDE
    PATTERN node_modules EXCLUDE PATTERN __pycache__ EXCLUDE PATTERN *.egg-info EXCLUDE
    PATTERN conformance/make EXCLUDE)
