DROP USER IF EXISTS `purser`@`localhost`;
DROP USER IF EXISTS `purser_api`@`localhost`;
DROP USER IF EXISTS `purser_definer`@`localhost`;
DROP ROLE IF EXISTS purser_app;
DROP ROLE IF EXISTS purser_reader;
DROP ROLE IF EXISTS purser_admin;
