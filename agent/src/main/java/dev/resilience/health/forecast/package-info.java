/**
 * Forecasts from the past of one service: trends by Theil and Sen, tested by Mann and Kendall; failure rates by the binomial
 * distribution; hours of the day and the week by their own past. Pure functions of their data, times in Unix milliseconds.
 * The thresholds were set with the back-test beside the tests, for at most one false alarm a week and service.
 */
@NullMarked
package dev.resilience.health.forecast;

import org.jspecify.annotations.NullMarked;
