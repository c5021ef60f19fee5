package dev.spool.support;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.spool.Spool;
import dev.spool.SpoolException;
import dev.spool.SpoolException.Outcome;
import dev.spool.SpoolHealth;
import dev.spool.SpoolIOException;
import dev.spool.SpoolId;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputFilter.Status;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.lang.management.ManagementFactory;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.Date;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.management.JMX;
import javax.management.MBeanAttributeInfo;
import javax.management.MBeanServer;
import javax.management.MBeanServerDelegate;
import javax.management.NotificationListener;
import javax.management.ObjectName;
import javax.management.RuntimeMBeanException;
import javax.management.openmbean.CompositeData;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.event.Level;

class SpoolJmxTest {
  private static final MBeanServer SERVER = ManagementFactory.getPlatformMBeanServer();

  private final ScriptedEngine engine = new ScriptedEngine();
  private final String name = "jmx-" + UUID.randomUUID();
  private final ScriptedSpool.Builder settings = new ScriptedSpool.Builder(name);
  private LocalSpool spool;

  @BeforeEach
  void askForJmx() {
    settings.settings(Map.of("jmx", "true"));
  }

  @AfterEach
  void close() throws Exception {
    if (spool != null) {
      CompletableFuture<Void> shutdown = spool.shutdown();
      while (!shutdown.isDone()) {
        WriteCall call = engine.written.poll(5, TimeUnit.MILLISECONDS);
        if (call != null && call.join()) {
          call.succeed();
        }
      }
    }
    assertThat(registered()).as("registrations that are left").isEmpty();
  }

  private static Iterable<ObjectName> registered() throws Exception {
    return SERVER.queryNames(new ObjectName("dev.spool:type=Spool,*"), null);
  }

  private LocalSpool open() {
    spool = new ScriptedSpool(settings, engine);
    return spool;
  }

  private ObjectName objectName() {
    return SpoolJmx.objectName(name);
  }

  private SpoolMXBean bean() {
    return JMX.newMXBeanProxy(SERVER, objectName(), SpoolMXBean.class);
  }

  private Map<String, Object> attributes() throws Exception {
    Map<String, Object> values = new LinkedHashMap<>();
    for (MBeanAttributeInfo attribute : SERVER.getMBeanInfo(objectName()).getAttributes()) {
      values.put(attribute.getName(), SERVER.getAttribute(objectName(), attribute.getName()));
    }
    return values;
  }

  @Test
  void aSpoolIsNotShownUnlessAskedFor() throws Exception {
    settings.settings(Map.of("jmx", "false"));
    open();
    assertThat(registered()).isEmpty();
  }

  @Test
  @SuppressWarnings("JavaUtilDate") // it is JMX's
  void attributesAreThoseOfTheSpool() throws Exception {
    engine.disk = new DiskSpace(1L << 40, 1L << 39, 1000, 900);
    open();
    CompletableFuture<Void> unused = spool.store(SpoolId.random(), new byte[100]);
    SpoolHealth health = spool.health();
    assertThat(attributes())
        .containsEntry("Backend", "scripted")
        .containsEntry("State", "HEALTHY")
        .containsEntry("Reason", null)
        .containsEntry("Cause", null)
        .containsEntry("Since", Date.from(health.since()))
        .containsEntry("StoresInFlight", 1L)
        .containsEntry("LoadsInFlight", 0L)
        .containsEntry("RemovesInFlight", 0L)
        .containsEntry("BytesInFlight", 100L)
        .containsEntry("CallsWaiting", 0L)
        .containsEntry("FreeBytes", 1L << 39)
        .containsEntry("FreeInodes", 900L)
        .hasSize(12);
  }

  @Test
  void stateReasonAndCauseTellOfAFailure() throws Exception {
    engine.recoveryFailure = new IOException("still broken");
    open();
    engine
        .context()
        .failed(
            FailureClass.FATAL,
            "writing /spool/1",
            new IOException("Input/output error", new IllegalStateException("the device is gone")));
    assertThat(attributes())
        .containsEntry("State", "SHEDDING")
        .containsEntry(
            "Cause",
            "java.io.IOException: Input/output error; caused by"
                + " java.lang.IllegalStateException: the device is gone");
    assertThat(bean().getReason()).contains("writing /spool/1");
  }

  @Test
  void whatTheSpoolDoesNotKnowIsNull() {
    open();
    assertThat(bean().getFreeBytes()).isNull();
    assertThat(bean().getFreeInodes()).isNull();
  }

  @Test
  void readingAttributesNeverReachesTheEngine() throws Exception {
    engine.disk = new DiskSpace(1L << 40, 1L << 39, 0, 0);
    open();
    engine.whenAskedForFigures =
        () -> {
          throw new AssertionError("the engine was asked");
        };
    Thread reader = Thread.currentThread();
    engine.whenAskedForSpace =
        () -> {
          if (Thread.currentThread() == reader) {
            throw new AssertionError("the disk was asked");
          }
        };
    assertThat(attributes()).containsEntry("FreeBytes", 1L << 39);
    engine.whenAskedForFigures = () -> {};
  }

  @Test
  void reportsAreCompositeDataWithNamedItems() throws Exception {
    open();
    CompositeData compaction = (CompositeData) invoke("compact");
    assertThat(compaction.getCompositeType().keySet())
        .containsExactly("bytesAfter", "bytesBefore", "elapsedMillis", "filesAfter", "filesBefore");
    assertThat(compaction.get("bytesBefore")).isEqualTo(0L);
    CompositeData cleanup = (CompositeData) invoke("cleanup");
    assertThat(cleanup.getCompositeType().keySet())
        .containsExactly("bytesFreed", "elapsedMillis", "removed");
    assertThat(invoke("adviseLowMemory")).isEqualTo(0L);
    assertThat(bean().compact().getFilesAfter()).isZero();
  }

  private Object invoke(String operation) throws Exception {
    return SERVER.invoke(objectName(), operation, new Object[0], new String[0]);
  }

  @Test
  void aFailedOperationSaysWhyInClassesThatEveryClientHas() throws Exception {
    open();
    engine.whenCompacting =
        () -> {
          throw new SpoolIOException(
              "compacting /spool/db", Outcome.UNKNOWN, new IOException("000012.sst is missing"));
        };
    RuntimeMBeanException failure =
        org.junit.jupiter.api.Assertions.assertThrows(
            RuntimeMBeanException.class, () -> invoke("compact"));
    assertThat(throughTheWire(failure).getMessage())
        .contains("compact failed")
        .contains("compacting /spool/db")
        .contains("000012.sst is missing");
  }

  @Test
  void aFailedOperationIsOneLineInTheLogToo() {
    open();
    SpoolIOException failure =
        new SpoolIOException("compacting /spool/db", Outcome.UNKNOWN, new IOException("missing"));
    engine.whenCompacting =
        () -> {
          throw failure;
        };
    LogLines log = new LogLines();
    SpoolView view = new SpoolView(spool, spool::stats, log);
    assertThatExceptionOfType(RuntimeException.class).isThrownBy(view::compact);
    assertThat(log.take())
        .singleElement()
        .satisfies(
            line -> {
              assertThat(line.level()).isEqualTo(Level.WARN);
              assertThat(line.text()).isEqualTo("spool " + name + ": compact over JMX failed");
              assertThat(line.cause()).hasToString(failure.toString());
              assertThat(line.cause().toString()).contains("compacting /spool/db");
            });
  }

  /** Reads the failure as a client does that has none of the spool's classes. */
  private static Throwable throughTheWire(Throwable failure) throws Exception {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(failure);
    }
    try (ObjectInputStream in =
        new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
      in.setObjectInputFilter(
          read -> {
            Class<?> type = read.serialClass();
            while (type != null && type.isArray()) {
              type = type.getComponentType();
            }
            return type == null || type.isPrimitive() || type.getName().startsWith("java")
                ? Status.ALLOWED
                : Status.REJECTED;
          });
      return (Throwable) in.readObject();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "plain",
        "two words",
        "a,b",
        "a=b",
        "a:b",
        "\"a\"",
        "what?",
        "all*",
        "line\nbreak",
        "\\n",
        "ü"
      })
  void everyNameCanBeRegisteredAndIsFoundAsItWasGiven(String spoolName) throws Exception {
    settings.name(spoolName);
    open();
    ObjectName found = registered().iterator().next();
    String value = found.getKeyProperty("name");
    assertThat(value.startsWith("\"") ? ObjectName.unquote(value) : value).isEqualTo(spoolName);
    assertThat(found.isPattern()).isFalse();
  }

  @Test
  void aPlainNameIsNotQuoted() {
    assertThat(SpoolJmx.objectName("out-1.mail"))
        .hasToString("dev.spool:type=Spool,name=out-1.mail");
  }

  @Test
  void aSecondSpoolOfTheNameIsRefusedAndClosedAgain() {
    open();
    ScriptedEngine second = new ScriptedEngine();
    assertThatExceptionOfType(SpoolException.class)
        .isThrownBy(() -> new ScriptedSpool(settings, second))
        .satisfies(e -> assertThat(e.detail()).contains("name=" + name).contains("another"));
    assertThat(second.stopped.getCount()).isZero();
    assertThat(SERVER.isRegistered(objectName())).isTrue();
    assertThat(bean().getState()).isEqualTo(SpoolHealth.State.HEALTHY);
  }

  @Test
  void theNameIsFreeWhenTheSpoolIsClosed() throws Exception {
    open();
    spool.close();
    assertThat(registered()).isEmpty();
    open();
    assertThat(registered()).hasSize(1);
  }

  @Test
  void aShutdownThatTakesTooLongEndsTheRegistrationToo() throws Exception {
    settings.shutdownTimeout(Duration.ofMillis(1));
    open();
    CompletableFuture<Void> store = spool.store(SpoolId.random(), new byte[1]);
    WriteCall call = Objects.requireNonNull(engine.written.poll(30, TimeUnit.SECONDS));
    assertThat(call.join()).isTrue();
    assertThatExceptionOfType(SpoolException.class).isThrownBy(spool::close);
    assertThat(registered()).isEmpty();
    call.succeed();
    store.get(30, TimeUnit.SECONDS);
  }

  @Test
  void anOpeningThatFailsLeavesNoRegistration() throws Exception {
    engine.whenAskedForSpace =
        () -> {
          throw new IllegalStateException("no opening");
        };
    assertThatExceptionOfType(IllegalStateException.class).isThrownBy(this::open);
    assertThat(registered()).isEmpty();
  }

  @Test
  void anOpeningThatTheEngineGivesUpLastLeavesNoRegistration() throws Exception {
    engine.whenOpened =
        () -> {
          assertThat(SERVER.isRegistered(objectName())).isTrue();
          throw new IllegalStateException("no opening");
        };
    assertThatExceptionOfType(IllegalStateException.class).isThrownBy(this::open);
    assertThat(registered()).isEmpty();
    assertThat(engine.stopped.getCount()).isZero();
  }

  @Test
  void anySpoolCanBeRegistered() throws Exception {
    settings.settings(Map.of("jmx", "false"));
    open();
    Spool decorated =
        (Spool)
            Proxy.newProxyInstance(
                Spool.class.getClassLoader(),
                new Class<?>[] {Spool.class},
                (proxy, method, arguments) -> method.invoke(spool, arguments));
    SpoolJmx jmx = SpoolJmx.register(decorated);
    assertThat(new ObjectName(jmx.name())).isEqualTo(objectName());
    assertThat(attributes()).containsEntry("Backend", "scripted");
    jmx.close();
    assertThat(registered()).isEmpty();
    assertThat(spool.health().state()).isEqualTo(SpoolHealth.State.HEALTHY);
  }

  @Test
  void closingARegistrationTwiceLeavesTheNextOneAlone() throws Exception {
    settings.settings(Map.of("jmx", "false"));
    open();
    SpoolJmx first = SpoolJmx.register(spool);
    first.close();
    try (SpoolJmx second = SpoolJmx.register(spool)) {
      first.close();
      assertThat(SERVER.isRegistered(new ObjectName(second.name()))).isTrue();
    }
  }

  /** Its listeners are others', and it tells them on the thread that ends the registration. */
  @Test
  void listenerThatFailsKeepsNoSpoolFromBeingClosed() throws Exception {
    open();
    NotificationListener bad =
        (notification, handback) -> {
          throw new NoClassDefFoundError("expected by the test");
        };
    SERVER.addNotificationListener(MBeanServerDelegate.DELEGATE_NAME, bad, null, null);
    try {
      spool.shutdown().get(30, TimeUnit.SECONDS);
    } finally {
      SERVER.removeNotificationListener(MBeanServerDelegate.DELEGATE_NAME, bad);
    }
    spool.close();
    assertThat(registered()).isEmpty();
  }
}
