# Directories that an installation makes can be read by everybody: cmake would apply the umask of whoever installs.
# Those that are there stay as they are. Included before any install().
install(CODE [[
    function(purser_directory path)
        set(missing)
        while(NOT EXISTS "${path}")
            list(PREPEND missing "${path}")
            get_filename_component(path "${path}" DIRECTORY)
        endwhile()
        foreach(path IN LISTS missing)
            file(MAKE_DIRECTORY "${path}")
            file(CHMOD "${path}" PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
        endforeach()
    endfunction()
]] ALL_COMPONENTS)

function(purser_install_directories component)
    foreach(path ${ARGN})
        if(NOT IS_ABSOLUTE ${path})
            set(path "\${CMAKE_INSTALL_PREFIX}/${path}")
        endif()
        install(CODE "purser_directory(\"\$ENV{DESTDIR}${path}\")" COMPONENT ${component})
    endforeach()
endfunction()

purser_install_directories(plugin ${PURSER_PLUGIN_DIR} ${CMAKE_INSTALL_DATADIR}/purser ${CMAKE_INSTALL_DOCDIR})
purser_install_directories(command ${CMAKE_INSTALL_BINDIR} ${CMAKE_INSTALL_MANDIR}/man1 ${CMAKE_INSTALL_DOCDIR}
    ${CMAKE_INSTALL_DATADIR}/bash-completion/completions ${CMAKE_INSTALL_DATADIR}/zsh/site-functions
    ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
