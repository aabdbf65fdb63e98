package patchbay;

/** The service "secure", for whoever has logged in. */
public class SecureService {
    public String secret() {
        return "secret for you";
    }
}
