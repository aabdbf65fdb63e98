package patchbay;

import flex.messaging.MessageBrokerServlet;
import flex.messaging.io.amf.client.AMFConnection;
import java.io.File;
import java.nio.file.Files;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.apache.catalina.Context;
import org.apache.catalina.Wrapper;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.startup.Tomcat;

/** BlazeDS on an embedded Tomcat: Server WEBAPP_FOLDER prints "ready http=HOST:PORT" and serves at /amf until it is ended. */
public final class Server {
    private Server() {
    }

    public static void main(String[] args) throws Exception {
        Logger.getLogger("org.apache").setLevel(Level.WARNING);
        AMFConnection.registerAlias("example.Person", Person.class.getName()); // both ways, unlike ClassAliasRegistry
        AMFConnection.registerAlias("example.Blob", Blob.class.getName());

        File base = Files.createTempDirectory("blazeds-").toFile();
        base.deleteOnExit();
        Tomcat tomcat = new Tomcat();
        tomcat.setBaseDir(base.getPath());
        Connector connector = new Connector();
        connector.setProperty("address", "127.0.0.1");
        connector.setProperty("maxKeepAliveRequests", "-1"); // or Tomcat closes a connection after 100 requests
        connector.setPort(0);
        tomcat.setConnector(connector);

        Context context = tomcat.addContext("", new File(args[0]).getAbsolutePath());
        Wrapper broker = Tomcat.addServlet(context, "broker", new MessageBrokerServlet());
        broker.addInitParameter("services.configuration.file", "/WEB-INF/flex/services-config.xml");
        broker.setLoadOnStartup(1);
        context.addServletMappingDecoded("/amf", "broker");
        context.addApplicationListener("flex.messaging.HttpFlexSession");

        tomcat.start();
        System.out.println("ready http=127.0.0.1:" + connector.getLocalPort());
        tomcat.getServer().await();
    }
}
