package dev.spool.support;

import dev.spool.Spool;
import dev.spool.SpoolException;
import dev.spool.SpoolException.Outcome;
import dev.spool.SpoolStats;
import java.lang.management.ManagementFactory;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import javax.management.InstanceAlreadyExistsException;
import javax.management.InstanceNotFoundException;
import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.MalformedObjectNameException;
import javax.management.ObjectName;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A spool's registration with the platform's MBean server, as an {@link SpoolMXBean}. A local spool
 * that is opened with {@code jmx=true} keeps one of its own from its opening to its end; {@link
 * #register} is for any other spool, such as a decorated one.
 *
 * <pre>{@code
 * try (Spool spool = CachingSpool.wrap(…);
 *     SpoolJmx jmx = SpoolJmx.register(spool)) {
 *   …
 * }
 * }</pre>
 *
 * <p>Thread-safe.
 */
public final class SpoolJmx implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(SpoolJmx.class);

  /** What an {@link ObjectName} does not take unquoted. */
  private static final Pattern SPECIAL = Pattern.compile("[,=:\"*?\\n]");

  private final ObjectName name;
  private final AtomicBoolean closed = new AtomicBoolean();

  private SpoolJmx(ObjectName name) {
    this.name = name;
  }

  /**
   * Registers a spool under the name that its figures have, until the registration is closed, which
   * is the caller's to do when the spool is shut down. The spool is not closed by that.
   *
   * <p>Attributes are read by {@link Spool#health} and {@link Spool#stats}, which never block.
   *
   * @throws SpoolException if a spool of that name is registered in this process already, or the
   *     platform does not permit it
   */
  public static SpoolJmx register(Spool spool) {
    Objects.requireNonNull(spool, "spool");
    return register(spool, spool::stats);
  }

  /** The same, with the figures that are to be shown. */
  static SpoolJmx register(Spool spool, Supplier<SpoolStats> stats) {
    String spoolName = stats.get().name();
    ObjectName name = objectName(spoolName);
    try {
      server().registerMBean(new SpoolView(spool, stats, LOG), name);
    } catch (InstanceAlreadyExistsException e) {
      throw refused(
          name
              + " is there already: another spool of this process has the name; give this one"
              + " another by the setting name, or do without jmx",
          e);
    } catch (JMException | RuntimeException e) {
      throw refused(name + ": " + e, e);
    }
    return new SpoolJmx(name);
  }

  private static SpoolException refused(String detail, Exception cause) {
    return new SpoolException(
        "the spool cannot be registered with JMX",
        "the spool cannot be registered with JMX as " + detail,
        Outcome.NOT_APPLIED,
        cause);
  }

  private static MBeanServer server() {
    return ManagementFactory.getPlatformMBeanServer();
  }

  /**
   * Returns the name under which a spool is registered: quoted where JMX could not tell it from
   * syntax.
   */
  static ObjectName objectName(String spoolName) {
    String value = SPECIAL.matcher(spoolName).find() ? ObjectName.quote(spoolName) : spoolName;
    try {
      return new ObjectName("dev.spool:type=Spool,name=" + value);
    } catch (MalformedObjectNameException e) {
      throw new IllegalArgumentException("no name for JMX: " + spoolName, e);
    }
  }

  /** Returns the name under which the spool is registered: {@code dev.spool:type=Spool,name=…}. */
  public String name() {
    return name.toString();
  }

  /** Ends the registration. Idempotent. Never throws: what fails is logged. */
  @Override
  public void close() {
    if (!closed.compareAndSet(false, true)) {
      return;
    }
    try {
      server().unregisterMBean(name);
    } catch (InstanceNotFoundException e) {
      LOG.debug("{} was unregistered by somebody else", name, e);
    } catch (Throwable e) { // an Error, too: JMX tells listeners of others on this thread
      LOG.warn("{} stays registered with JMX", name, e);
    }
  }
}
