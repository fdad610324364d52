//! Adds a virtual machine.

use serde_json::{Map, json};

use super::{cluster_seed::object, seed::Seed};
use crate::sandbox::state::{StoredMachine, guid_for};

impl Seed {
    /// Adds a virtual machine that has one user-assigned identity, `id-NAME`.
    pub(super) fn virtual_machine(&mut self, group: &str, name: &str, region: &str) {
        let group = self.group(group, region);
        let identity = self.identity(&group, &format!("id-{name}"), region);
        let id = group.resource("Microsoft.Compute/virtualMachines", name);
        let interface = group.resource(
            "Microsoft.Network/networkInterfaces",
            &format!("{name}-nic"),
        );
        let disk = group.resource("Microsoft.Compute/disks", &format!("{name}_OsDisk"));
        self.state.machines.insert(StoredMachine {
            kind: "Microsoft.Compute/virtualMachines",
            location: region.to_owned(),
            tags: Map::new(),
            system_identity: None,
            identities: vec![identity],
            properties: object(json!({
                "hardwareProfile": {"vmSize": "Standard_D4s_v5"},
                "vmId": guid_for(&format!("virtual machine {id}")),
                // As `az vm create` makes one; the fields that the product does not read keep the
                // answer's real shape.
                "storageProfile": {
                    "imageReference": {
                        "publisher": "canonical", "offer": "ubuntu-24_04-lts", "sku": "server",
                        "version": "latest", "exactVersion": "24.04.202510010",
                    },
                    "osDisk": {
                        "osType": "Linux", "name": format!("{name}_OsDisk"), "createOption": "FromImage",
                        "caching": "ReadWrite", "deleteOption": "Detach", "diskSizeGB": 30,
                        "managedDisk": {"storageAccountType": "Premium_LRS", "id": disk},
                    },
                    "dataDisks": [],
                },
                "osProfile": {
                    "computerName": name, "adminUsername": "azureuser", "secrets": [],
                    "allowExtensionOperations": true, "requireGuestProvisionSignal": true,
                    "linuxConfiguration": {"disablePasswordAuthentication": true, "provisionVMAgent": true},
                },
                "networkProfile": {"networkInterfaces": [{"id": interface}]},
            })),
            writes: 1,
            pending: None,
            created: self.long_ago,
            id,
        });
    }
}
