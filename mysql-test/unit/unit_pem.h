/*
  unit_pem.h - certificates and their keys, as PEM: made for the tests by
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 36500
  and the first key with a password (openssl ec -aes128).
*/
#ifndef PURSER_UNIT_PEM_H
#define PURSER_UNIT_PEM_H

#define PEM_FIRST_CERT                                                                             \
    "-----BEGIN CERTIFICATE-----\n"                                                                \
    "MIIBdzCCAR2gAwIBAgIUG3oZtW16EtPrif4oz0pT0p464+owCgYIKoZIzj0EAwIw\n"                           \
    "EDEOMAwGA1UEAwwFZmlyc3QwIBcNMjYxMTIxMjAwODQwWhgPMjEyNjEwMjgyMDA4\n"                           \
    "NDBaMBAxDjAMBgNVBAMMBWZpcnN0MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE\n"                           \
    "e9C70zIF380VqZ7iTfMX9l0pHZPRcte2B0m1RzJABkJtZ4Pe34vx4kdDh4YUiQmc\n"                           \
    "Xynl6/hYsOlxCpQwk3hPy6NTMFEwHQYDVR0OBBYEFLXuH6dqVnBoprvHCGlcI89l\n"                           \
    "LB9NMB8GA1UdIwQYMBaAFLXuH6dqVnBoprvHCGlcI89lLB9NMA8GA1UdEwEB/wQF\n"                           \
    "MAMBAf8wCgYIKoZIzj0EAwIDSAAwRQIgUsUat49ziM4B0Za34J7j6utTOGBobuMx\n"                           \
    "myIBVRby8pgCIQCNiiGEQI9Q+ZKg/HRpNjskpYwTWppjaz1KTxDA6Rovww==\n"                               \
    "-----END CERTIFICATE-----\n"

#define PEM_FIRST_KEY                                                                              \
    "-----BEGIN PRIVATE KEY-----\n"                                                                \
    "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgL1lAPSBgeNjMUjWg\n"                           \
    "rTLVCbiDlcT1ToVTC/GKvVpmXJyhRANCAAR70LvTMgXfzRWpnuJN8xf2XSkdk9Fy\n"                           \
    "17YHSbVHMkAGQm1ng97fi/HiR0OHhhSJCZxfKeXr+Fiw6XEKlDCTeE/L\n"                                   \
    "-----END PRIVATE KEY-----\n"

#define PEM_SECOND_CERT                                                                            \
    "-----BEGIN CERTIFICATE-----\n"                                                                \
    "MIIBeDCCAR+gAwIBAgIUBMdEs1SmSfBIi3PvqNIa0Z/xwLQwCgYIKoZIzj0EAwIw\n"                           \
    "ETEPMA0GA1UEAwwGc2Vjb25kMCAXDTI2MTEyMTIwMDg0MFoYDzIxMjYxMDI4MjAw\n"                           \
    "ODQwWjARMQ8wDQYDVQQDDAZzZWNvbmQwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNC\n"                           \
    "AATM3eEaOB/TvyRSWh4EipGk376sXMusXl4Xlpx80BbXIC0S/FjJvSaShg73EAw0\n"                           \
    "yBe8cpNRhwoxZb9QINP60hj/o1MwUTAdBgNVHQ4EFgQUSqLccpgOFBHZZLBVHJoo\n"                           \
    "zMHebmIwHwYDVR0jBBgwFoAUSqLccpgOFBHZZLBVHJoozMHebmIwDwYDVR0TAQH/\n"                           \
    "BAUwAwEB/zAKBggqhkjOPQQDAgNHADBEAiBtd0S8nJmFhRFIXHU7o566h5vs/icn\n"                           \
    "e6jP/xuWPx8+UgIgBQ6Dx13l2BG3g3Cl9GbeNOB7tY7NfJ6bXrK9Lak4QUA=\n"                               \
    "-----END CERTIFICATE-----\n"

#define PEM_SECOND_KEY                                                                             \
    "-----BEGIN PRIVATE KEY-----\n"                                                                \
    "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgGBDoA77yYVu3UtXC\n"                           \
    "+s8nkmydD6vZrPQXq0umCVTIV6mhRANCAATM3eEaOB/TvyRSWh4EipGk376sXMus\n"                           \
    "Xl4Xlpx80BbXIC0S/FjJvSaShg73EAw0yBe8cpNRhwoxZb9QINP60hj/\n"                                   \
    "-----END PRIVATE KEY-----\n"

#define PEM_LOCKED_KEY                                                                             \
    "-----BEGIN EC PRIVATE KEY-----\n"                                                             \
    "Proc-Type: 4,ENCRYPTED\n"                                                                     \
    "DEK-Info: AES-128-CBC,32D7B5568EB411285D33F9443707B53F\n"                                     \
    "\n"                                                                                           \
    "PUuVf85cCCYUyYElnY8tf+kGBTvFMASjkGvvZBlojTKNm8ETQIhLPvMv1v35VD7L\n"                           \
    "MA36QMjPt6fMKOD7leeq/kojDJJQ1xaaIVR70Bopw5RWXwrE2ZuICsMDRldI0m9q\n"                           \
    "WJlpoSN6qDTW6Q6fw+LP4qds+WyGfPM5aj4zYaGzTHs=\n"                                               \
    "-----END EC PRIVATE KEY-----\n"

#endif
