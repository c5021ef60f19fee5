package dev.spool.torture;

import java.io.IOException;

/** How the processes of a torture die, and what goes with them. */
public interface Death {

  /** The process is killed (SIGKILL), and the machine goes on. */
  Death KILL =
      new Death() {
        @Override
        public Fault fault() {
          return Fault.KILL;
        }

        @Override
        public void restore() {}
      };

  /** Returns what it is to the oracle. */
  Fault fault();

  /**
   * Comes right before a process is killed, while it goes on working: of a power cut, this is the
   * moment. What the process hears acknowledged from its beginning on is not counted as such.
   *
   * @throws IOException if that does not work, which ends the torture
   */
  default void strike() throws IOException {}

  /**
   * Comes after the process was killed, and all that it had said was read: takes away what goes
   * with it, so that the spool can be opened again at the same address.
   *
   * @throws IOException if that does not work, which ends the torture
   */
  void restore() throws IOException;
}
