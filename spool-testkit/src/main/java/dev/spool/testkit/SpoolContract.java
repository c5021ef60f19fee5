package dev.spool.testkit;

/**
 * The whole contract of a {@link dev.spool.Spool}: implement it in a test class, with a fixture,
 * and JUnit runs every case against that backend.
 *
 * <pre>{@code
 * class MySpoolTest implements SpoolContract {
 *   @Override
 *   public SpoolFixture fixture() {
 *     return new MyFixture();
 *   }
 * }
 * }</pre>
 *
 * <p>Cases never sleep, and never assert on elapsed time. They need 1 GiB of heap for the largest
 * messages.
 */
public interface SpoolContract
    extends RoundTripContract,
        ReplaceContract,
        RemoveContract,
        ScanContract,
        DeadlineContract,
        CancelContract,
        InterruptContract,
        CallbackContract,
        MisuseContract,
        AdmissionContract,
        ShutdownContract,
        OwnershipContract,
        ReopenContract,
        ReadOnlyContract,
        DamageContract,
        MaintenanceContract,
        HealthContract,
        LinearizabilityContract {}
