package dev.spool.rocksdb;

import javax.management.MBeanServerConnection;
import javax.management.ObjectName;
import javax.management.openmbean.CompositeData;
import javax.management.remote.JMXConnector;
import javax.management.remote.JMXConnectorFactory;
import javax.management.remote.JMXServiceURL;

/**
 * An operator's console in a JVM of its own, without the spool's classes: connects to {@code
 * args[0]}, and reads the attribute or invokes the operation {@code args[2]} of the spool {@code
 * args[1]}.
 */
final class JmxClient {
  private JmxClient() {}

  @SuppressWarnings("BanJNDI") // the address is the test's own
  public static void main(String[] args) throws Exception {
    try {
      Class.forName("dev.spool.Spool");
      throw new AssertionError("the spool's classes are on the client's class path");
    } catch (ClassNotFoundException e) {
      // As it should be.
    }
    try (JMXConnector connector = JMXConnectorFactory.connect(new JMXServiceURL(args[0]))) {
      MBeanServerConnection server = connector.getMBeanServerConnection();
      ObjectName spool = new ObjectName(args[1]);
      String member = args[2];
      if (Character.isUpperCase(member.charAt(0))) {
        System.out.println(member + "=" + server.getAttribute(spool, member));
      } else {
        System.out.println(invoke(server, spool, member));
      }
    }
  }

  private static String invoke(MBeanServerConnection server, ObjectName spool, String operation) {
    try {
      Object report = server.invoke(spool, operation, new Object[0], new String[0]);
      return report instanceof CompositeData data
          ? data.getCompositeType().keySet() + " " + data.values()
          : "" + report;
    } catch (Exception e) {
      return e.getClass().getName() + ": " + e.getMessage();
    }
  }
}
