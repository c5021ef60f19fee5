package dev.spool.bench.result;

import java.util.Arrays;

/** What the repetitions of one figure gave; there may be none. */
public final class Spread {
  /** In ascending order. */
  private final double[] values;

  private Spread(double[] values) {
    this.values = values;
  }

  public static Spread of(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return new Spread(sorted);
  }

  public boolean isEmpty() {
    return values.length == 0;
  }

  public double median() {
    int middle = values.length / 2;
    return values.length % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
  }

  public double least() {
    return values[0];
  }

  public double greatest() {
    return values[values.length - 1];
  }

  /** How many repetitions there are. */
  public int count() {
    return values.length;
  }

  /**
   * How far the repetitions lie apart, as a part of the median: 0.1 is 10 % between the least and
   * the greatest.
   */
  public double noise() {
    return median() == 0 ? 0 : (greatest() - least()) / median();
  }
}
