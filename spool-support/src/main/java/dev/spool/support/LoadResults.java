package dev.spool.support;

import dev.spool.SpoolException;

/**
 * Takes the results of loads that are made together, in any order. Belongs to the thread that
 * loads.
 */
public interface LoadResults {

  /** The load of that number is done; the array is the caller's from now on. */
  void loaded(int index, byte[] data);

  /** The load of that number failed. */
  void failed(int index, SpoolException failure);
}
