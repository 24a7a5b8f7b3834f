/** What a command ends with that is no run's outcome: it cannot be done now, and can be tried again later (EX_TEMPFAIL of sysexits.h). */
export const TRY_LATER_EXIT_CODE = 75;
